/* Operations on arrays, and what a host may do wrong with them. */
#include <pyrun.h>

#include "check.h"

static pyrun_operations *operations;
static pyrun_result *result;

/* A call with two arguments, whose result is kept until the next one. */
static int call(const char *name, pyrun_value first, pyrun_value second, size_t count, pyrun_array **array) {
    pyrun_value arguments[2];
    arguments[0] = first;
    arguments[1] = second;
    pyrun_result_free(result);
    return pyrun_operations_call_str(operations, name, arguments, count, array, &result);
}

static void said(const char *expected) {
    const char *text = pyrun_result_text(result, PYRUN_RESULT_MESSAGE, NULL);
    checks++;
    if (strcmp(text, expected) != 0) {
        printf("%s, not %s\n", text, expected);
        exit(1);
    }
}

static void values(void) {
    const int64_t data[] = {1, 2, 3, 4, 5};
    const double halves[] = {0.5, 1.5, 2.5};
    pyrun_value ints = pyrun_int64s(data, 5), reals = pyrun_float64s(halves, 3);
    IS(call("sum", ints, ints, 1, NULL), PYRUN_OK);
    IS(pyrun_result_value(result)->kind, PYRUN_INT);
    IS(pyrun_result_value(result)->u.i * 2, 30);
    IS(call("mean", ints, ints, 1, NULL), PYRUN_OK);
    IS(pyrun_result_value(result)->u.f == 3.0, 1);
    IS(call("dot", reals, reals, 2, NULL), PYRUN_OK);
    IS(pyrun_result_value(result)->u.f == 8.75, 1);
    /* An array that is not asked for is a list. A number stands for all elements. */
    IS(call("add", ints, pyrun_float(0.5), 2, NULL), PYRUN_OK);
    IS(pyrun_result_value(result)->kind, PYRUN_LIST);
    IS(pyrun_result_value(result)->u.l.count, 5);
    IS(pyrun_result_value(result)->u.l.items[4].u.f == 5.5, 1);
    IS(call("histogram", reals, pyrun_int(2), 2, NULL), PYRUN_OK);
    IS(pyrun_result_value(result)->kind, PYRUN_TUPLE);
    IS(pyrun_result_value(result)->u.l.items[0].u.l.items[1].u.i, 2);
    IS(call("less", reals, pyrun_int(1), 2, NULL), PYRUN_OK);
    IS(pyrun_result_value(result)->u.l.items[0].kind, PYRUN_BOOL);
}

static void arrays(void) {
    const float data[] = {3.0f, 1.0f, 2.0f};
    float back[3];
    int64_t order[3];
    pyrun_array *array, *sorted, *places;
    IS(pyrun_operations_array(operations, 'f', data, 3, &array, NULL), PYRUN_OK);
    IS(pyrun_operations_array_count(array), 3);
    IS(pyrun_operations_array_format(array), 'f');
    IS(call("sort", pyrun_of_array(array), pyrun_none(), 1, &sorted), PYRUN_OK);
    IS(pyrun_result_value(result)->kind, PYRUN_NONE);
    IS(pyrun_operations_read(operations, sorted, back, sizeof back, NULL), PYRUN_OK);
    IS(back[0] == 1.0f && back[1] == 2.0f && back[2] == 3.0f, 1);
    IS(call("argsort", pyrun_of_array(array), pyrun_none(), 1, &places), PYRUN_OK);
    IS(pyrun_operations_array_format(places), 'q');
    IS(pyrun_operations_read(operations, places, order, sizeof order, NULL), PYRUN_OK);
    IS(order[0] == 1 && order[1] == 2 && order[2] == 0, 1);
    pyrun_result_free(result);
    IS(pyrun_operations_read(operations, sorted, back, sizeof back - 1, &result), PYRUN_BAD_ARGUMENT);
    said("the array has 12 bytes, and there is room for 11");
    pyrun_operations_array_free(array);
    pyrun_operations_array_free(sorted);
    pyrun_operations_array_free(places);
    IS(pyrun_operations_array_count(NULL), 0);
    IS(pyrun_operations_array_format(NULL), 0);
    pyrun_operations_array_free(NULL);
}

static void mistakes(void) {
    const double none[] = {0.0};
    pyrun_operations *others;
    pyrun_array *array;
    pyrun_value text = pyrun_str("1"), two = pyrun_float64s(none, 1);
    IS(call("max", pyrun_float64s(NULL, 0), text, 1, NULL), PYRUN_BAD_ARGUMENT);
    said("max of an empty array: it has no element");
    IS(call("summ", two, two, 1, NULL), PYRUN_BAD_ARGUMENT);
    said("there is no operation \"summ\"");
    IS(call("add", two, two, 1, NULL), PYRUN_BAD_ARGUMENT);
    said("add takes two arrays or numbers");
    IS(call("sum", text, text, 1, NULL), PYRUN_BAD_ARGUMENT);
    said("an operation takes no value of kind 6");
    IS(call("sum", pyrun_of_array(NULL), text, 1, &array), PYRUN_BAD_ARGUMENT);
    IS(array == NULL, 1);
    IS(call("sum", pyrun_float64s(NULL, 3), text, 1, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_operations_call(operations, "sum", 3, NULL, 1, NULL, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_operations_call(NULL, "sum", 3, &two, 1, NULL, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_operations_array(operations, 'x', none, 1, &array, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_operations_array(operations, 'd', NULL, 1, &array, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_operations_array(operations, 'd', none, (size_t)-1, &array, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_operations_array(operations, 'd', none, 1, NULL, NULL), PYRUN_BAD_ARGUMENT);
    IS(pyrun_operations_read(operations, NULL, NULL, 0, NULL), PYRUN_BAD_ARGUMENT);
    /* Arrays of others, also when these are gone. */
    IS(pyrun_operations_create(NULL, &others, NULL), PYRUN_OK);
    IS(pyrun_operations_array(others, 'd', none, 1, &array, NULL), PYRUN_OK);
    pyrun_operations_free(others);
    pyrun_result_free(result);
    IS(pyrun_operations_read(operations, array, NULL, 0, &result), PYRUN_BAD_ARGUMENT);
    said("the array belongs to other `Operations`: copy it with their `to_vec`");
    pyrun_operations_array_free(array);
    pyrun_operations_free(NULL);
}

static void limits(void) {
    static double many[1 << 20];
    pyrun_settings *settings = pyrun_settings_new();
    pyrun_operations_free(operations);
    IS(pyrun_settings_limit(settings, PYRUN_LIMIT_MEMORY, 4 << 20), PYRUN_OK);
    IS(pyrun_operations_create(settings, &operations, NULL), PYRUN_OK);
    pyrun_settings_free(settings);
    IS(call("sum", pyrun_float64s(many, 1 << 20), pyrun_none(), 1, NULL), PYRUN_LIMIT);
    IS(call("sum", pyrun_float64s(many, 1 << 16), pyrun_none(), 1, NULL), PYRUN_OK);
}

int main(void) {
    IS(pyrun_operations_create(NULL, &operations, NULL), PYRUN_OK);
    values();
    arrays();
    mistakes();
    limits();
    pyrun_operations_free(operations);
    pyrun_result_free(result);
    printf("%d checks\n", checks);
    return 0;
}
