#include <pyrun.h>
#include <stdio.h>

int main(void) {
    pyrun *py;
    pyrun_result *result;
    int code = pyrun_create(NULL, &py, &result);
    if (code == PYRUN_OK) {
        code = pyrun_eval_str(py, "import math; math.comb(7, 3) + 7", &result);
        pyrun_destroy(py);
    }
    if (code == PYRUN_OK)
        printf("%lld\n", (long long)pyrun_result_value(result)->u.i);
    else
        fprintf(stderr, "%s\n", pyrun_message(result));
    pyrun_result_free(result);
    return code != PYRUN_OK;
}
