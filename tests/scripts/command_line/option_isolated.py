# command: -I {script} a
# env: PYTHONPATH=/tmp/nowhere PYTHONWARNINGS=error PYTHONUTF8=0
"""-I ignores the environment and leaves the script's folder off the path."""
import os
import sys
import warnings

print(sys.flags.isolated, sys.flags.ignore_environment, sys.flags.no_user_site, sys.flags.safe_path, sys.warnoptions)
print("/tmp/nowhere" in sys.path, os.path.dirname(__file__) in sys.path, sys.argv[1:], os.environ["PYTHONPATH"])
warnings.warn("only shown")
