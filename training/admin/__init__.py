"""What staff do with courses: texts and their sign-off, certificates, classes, figures."""

# The admin knows a page once its module is read.
from training.admin import certificates, classes, figures, texts

__all__ = ["certificates", "classes", "figures", "texts"]
