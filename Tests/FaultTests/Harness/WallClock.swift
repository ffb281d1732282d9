import Foundation
import Testing

/// The wall clock of some daemons, which a test sets as an operator sets the clock of a machine.
///
/// A library that is loaded before the others answers for the C library: what asks for the time of day gets it with the
/// step, what waits for a moment of the day waits by that time, and the monotonic clock is left alone. (libfaketime
/// 0.9.10 is no help here: it moves the timers of the monotonic clock too.)
struct WallClock {
    /// What a daemon is started with to live by this clock.
    let environment: [String: String]
    private let file: String

    /// Compiles the library; the clock is right at first.
    init(folder: String) throws {
        file = "\(folder)/clock"
        let source = "\(folder)/clock.c"
        let library = "\(folder)/clock.so"
        try Self.source.write(toFile: source, atomically: true, encoding: .utf8)
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/cc")
        compiler.arguments = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0, "the library that steps a clock does not compile")
        environment = ["LD_PRELOAD": library, "TEST_CLOCK": file]
        try set(0)
    }

    /// Sets the clock to so many seconds after the true time.
    func set(_ seconds: Int64) throws {
        // In place, as the daemons have the file mapped.
        try withUnsafeBytes(of: seconds) { bytes in
            if !FileManager.default.fileExists(atPath: file) {
                try Data(bytes).write(to: URL(filePath: file))
            } else {
                let handle = try FileHandle(forWritingTo: URL(filePath: file))
                try handle.write(contentsOf: Data(bytes))
                try handle.close()
            }
        }
    }

    private static let source = #"""
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <semaphore.h>
        #include <stdint.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static const volatile int64_t *step;

        __attribute__((constructor)) static void map(void) {
            const char *name = getenv("TEST_CLOCK");
            int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
            void *memory = mmap(NULL, sizeof *step, PROT_READ, MAP_SHARED, file, 0);
            if (memory == MAP_FAILED) abort();
            step = memory;
            close(file);
        }

        int clock_gettime(clockid_t clock, struct timespec *time) {
            int result = syscall(SYS_clock_gettime, clock, time);
            int isWall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
            if (result == 0 && isWall && step) time->tv_sec += *step;
            return result;
        }

        int gettimeofday(struct timeval *restrict time, void *restrict zone) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            time->tv_sec = now.tv_sec;
            time->tv_usec = now.tv_nsec / 1000;
            return 0;
        }

        time_t time(time_t *result) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (result) *result = now.tv_sec;
            return now.tv_sec;
        }

        /* As a kernel does: a step of the clock moves the end of a wait that is under way. */
        int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline) {
            for (;;) {
                struct timespec now;
                if (sem_trywait(semaphore) == 0) return 0;
                clock_gettime(CLOCK_REALTIME, &now);
                if (now.tv_sec > deadline->tv_sec
                    || (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec)) {
                    errno = ETIMEDOUT;
                    return -1;
                }
                usleep(5000);
            }
        }
        """#
}
