"""The smallest program, and that the standard streams carry what is not ASCII."""
import sys

print("hello", 1 + 1)
print("zażółć gęślą jaźń · Ελληνικά · русский · 日本語 · العربية · 🐍🧪")
print("""first line
  second, indented: ∑ ∫ √
last 𝔘𝔫𝔦𝔠𝔬𝔡𝔢""")
sys.stdout.write("no newline at the end: é")
print("on stderr: ü", file=sys.stderr)
