# command: -m doctest -v {script}
"""
-m doctest on this file: its examples and the report.

>>> 1 + 1
2
>>> "żółw".upper()
'ŻÓŁW'
>>> [] + 1
Traceback (most recent call last):
TypeError: can only concatenate list (not "int") to list
"""
