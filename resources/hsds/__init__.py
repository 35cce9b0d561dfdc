"""The directory as Open Referral HSDS 3.1, out and in.

`mapping` knows which of our facts is which field there, `export` writes JSON and the tabular package, `load`
reads both and refuses what is broken. What a package changes here decides `resources.exchange`.

HSDS (https://docs.openreferral.org, Open Referral, CC BY-SA 4.0) was read, not copied: the tables in `tables`
are our own and name only what we write or read.
"""

from resources.hsds.mapping import Bundle, Record
from resources.hsds.tables import Fault, PackageRefusedError

VERSION = "3.1"

__all__ = ["VERSION", "Bundle", "Fault", "PackageRefusedError", "Record"]
