"""The naloxone course: lessons, quiz, certificate. No trainee has an account, and no name is kept."""
