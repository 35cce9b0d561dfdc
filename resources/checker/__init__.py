"""The checker of addresses: what readers are told to open, call or write to, and whether it works.

`addresses` collects them, `numbers` looks at telephone numbers, `asking` asks websites, `judging` says what
an answer means, `rounds` joins these once a night. Only AddressCheck is written: a machine hides nothing.
"""
