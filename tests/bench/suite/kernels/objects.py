"""Small objects: attributes, methods, dictionaries, strings."""
# setup: pass
# run: ledger(300)


class Account:
    def __init__(self, name):
        self.name = name
        self.balance = 0
        self.entries = []

    def book(self, amount, text):
        self.balance += amount
        self.entries.append((amount, text))


def ledger(entries):
    accounts = {}
    for number in range(entries):
        name = f"account {number % 17}"
        account = accounts.get(name) or accounts.setdefault(name, Account(name))
        account.book(number * 31 % 101 - 50, name.upper())
    return sorted(((a.balance, a.name, len(a.entries)) for a in accounts.values()), reverse=True)
