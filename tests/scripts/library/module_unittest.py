# command: {script} -v
"""unittest: its report, failures, errors, subtests, skips, expected failures, fixtures' order, exit status."""
import sys
import unittest
from unittest import mock


class Tests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print("class set up", file=sys.stderr)

    def setUp(self):
        self.addCleanup(print, "cleaned up", file=sys.stderr)

    def test_a_passes(self):
        with self.assertRaisesRegex(ValueError, "x+"), self.assertLogs() as logs:
            __import__("logging").error("told")
            raise ValueError("axxb")

    def test_b_fails(self):
        self.assertEqual({"a": [1, 2]}, {"a": [1, 3]}, "with a message")

    def test_c_errors(self):
        with mock.patch("os.getcwd", side_effect=OSError(5, "mocked")):
            __import__("os").getcwd()

    def test_d_subtests(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)

    @unittest.skip("a reason")
    def test_e_skipped(self):
        pass

    @unittest.expectedFailure
    def test_f_expected(self):
        self.fail()


if __name__ == "__main__":
    result = unittest.main(exit=False, testRunner=unittest.TextTestRunner(stream=open("/dev/null", "w"), verbosity=2)).result
    print(result, [str(t).split()[0] for t, _ in result.failures + result.errors], result.skipped[0][1], result.testsRun)
    sys.exit(not result.wasSuccessful())
