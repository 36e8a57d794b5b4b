/* The clock: `time.perf_counter_ns`, which Python's probes read. To ask the system for it costs a request some 300 times three
 * lines of code and one of data that no cache holds. Where the processor counts steadily, what it has counted since the
 * system was asked last is added instead, for at most MOST_NS.
 */

static long long
ask_clock(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyTime_t t;
    (void)PyTime_PerfCounterRaw(&t);
    return (long long)t;
#else
    return (long long)_PyTime_GetPerfCounter();
#endif
}

#if defined(__x86_64__) && defined(__GNUC__)

#include <cpuid.h>
#include <x86intrin.h>

enum { MOST_NS = 2 * 1000 * 1000, LEAST_CALIBRATED_NS = 20 * 1000 * 1000 };
static const long long MOST_CALIBRATED_NS = 10ll * 1000 * 1000 * 1000;

static struct {
    uint64_t ticks, most_ticks; /* when the system was asked last, and for how long that holds; 0: not at all */
    long long ns;               /* what it said */
    uint64_t ns_per_tick;       /* times 2**32 */
    uint64_t first_ticks;       /* since when ticks are counted for that */
    long long first_ns;
    int is_steady;              /* -1: not known yet */
} reading = {.is_steady = -1};

/* Whether the processor counts at one speed, whatever it does: CPUID's "invariant TSC". */
static int
counts_steadily(void)
{
    unsigned a, b, c, d;
    if (reading.is_steady < 0)
        reading.is_steady = __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1 << 8);
    return reading.is_steady;
}

/* Learn how long a tick is; anew where a machine that slept, or another one, made it something else. */
static void
calibrate(uint64_t ticks, long long ns)
{
    long long passed = ns - reading.first_ns;
    if (reading.first_ns == 0 || passed > MOST_CALIBRATED_NS || ticks <= reading.first_ticks) {
        reading.first_ticks = ticks;
        reading.first_ns = ns;
        return;
    }
    if (passed < LEAST_CALIBRATED_NS)
        return;
    uint64_t was = reading.ns_per_tick;
    reading.ns_per_tick = (uint64_t)((double)passed / (double)(ticks - reading.first_ticks) * 4294967296.0);
    int is_same = was == 0 || (reading.ns_per_tick < was + was / 1000 && reading.ns_per_tick > was - was / 1000);
    reading.most_ticks = is_same && reading.ns_per_tick ? ((uint64_t)MOST_NS << 32) / reading.ns_per_tick : 0;
    if (!is_same) {
        reading.ns_per_tick = 0;
        reading.first_ns = 0;
    }
}

static long long
ask_and_note(void)
{
    enum { MOST_TICKS_TO_ASK = 300, MOST_TRIES = 4 };
    if (!counts_steadily())
        return ask_clock();
    uint64_t before, after = __rdtsc();
    long long ns;
    int tries = 0;
    do {
        /* The first time what it needs is in no cache, and how long it took until the counter was read is not known. */
        before = after;
        ns = ask_clock();
        after = __rdtsc();
    } while ((tries++ == 0 || after - before > MOST_TICKS_TO_ASK) && tries < MOST_TRIES);
    if (after - before > MOST_TICKS_TO_ASK)
        return ns;
    uint64_t ticks = before + (after - before) / 2, since = ticks - reading.ticks;
    long long told = since < 2 * reading.most_ticks ? reading.ns + (long long)(since * reading.ns_per_tick >> 32) : 0;
    calibrate(ticks, ns);
    reading.ticks = ticks;
    /* Never earlier than what was said a moment ago. */
    reading.ns = told > ns && told - ns < 1000 ? told : ns;
    return reading.ns;
}

static long long
now(void)
{
    uint64_t since = __rdtsc() - reading.ticks;
    return since < reading.most_ticks ? reading.ns + (long long)(since * reading.ns_per_tick >> 32) : ask_and_note();
}

#else

static long long
now(void)
{
    return ask_clock();
}

#endif

static long long
now_since_epoch(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyTime_t t;
    (void)PyTime_TimeRaw(&t);
    return (long long)t;
#else
    return (long long)_PyTime_GetSystemClock();
#endif
}

static PyObject *
native_clock(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLongLong(now());
}
