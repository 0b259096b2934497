"""Tabs and spaces in one block: TabError, with the line."""
if True:
	print("tab")
        print("spaces")
