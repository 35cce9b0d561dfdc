"""What Tennessee law asks and offers in a case: the duty to report, deadlines, doors, letters.

Information, not legal advice: sentences say "may" and "can", and no Tennessee lawyer has checked them yet.
"""
