"""The naloxone course: lessons, questions, quiz, certificate. No trainee has an account, and no name is kept."""
