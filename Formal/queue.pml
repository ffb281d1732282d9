/*
 * The queue's core protocol: how a job gets from PostgreSQL through Redis to a worker and its end back again.
 *
 * Each atomic step below is one transaction, one Lua script or one decision inside a process; between any two of them
 * every other process may act, a process may pause for as long as it likes, and a fault of the budget may strike.
 * README.md says what the properties mean. The switches NO_..., ACK_FIRST and REPUSH take one safeguard away.
 */

/* Faults that one run may hold. */
#ifndef WIPES
#define WIPES 1         /* FLUSHALL */
#endif
#ifndef CHANGES
#define CHANGES 1       /* the leader's lease runs out; the old leader may not know it for a while */
#endif
#ifndef ERRORS
#define ERRORS 1        /* a round of a coordinator's service breaks off: an exception, or a restart */
#endif
#ifndef PAUSES
#define PAUSES 1        /* a worker pauses past the end of its leases, and goes on later */
#endif
#ifndef CRASHES
#define CRASHES 1       /* a worker is gone for good; at most WORKERS - 1 */
#endif
#ifndef REPLIES
#define REPLIES 1       /* the answer to a claim or a finish is lost, or a beat overtaken by a finish */
#endif
#ifndef LATE
#define LATE 1          /* a push that its sender gave up runs later all the same */
#endif

#ifndef JOBS
#define JOBS 1
#endif
#define WORKERS 2
#define COORDINATORS 2
#define EPOCHS 11       /* more than the budgets can use; `dispatch` asserts it */

#define BIT(e) (1 << (e))

/* ---- PostgreSQL ---- */

#define READY 0         /* fresh, job_ready or, once it is due, job_later */
#define LIVE 1          /* job_live, in epoch live_epoch */
#define DONE 2          /* job_done */
byte place[JOBS];
byte live_epoch[JOBS];
byte next_epoch = 1;    /* the sequence */
byte job_of[EPOCHS + 1];
byte leader_term;
bool lease_runs;        /* leader.expires_at lies ahead */

/* ---- Redis ----
 * A lane entry counts only while the hash has its epoch and no worker, and a lease exists exactly while the hash has a
 * worker (every script changes both together), so the hash says it all. The stream is a set: recording a fact twice is
 * the same as once. A fact is named by its epoch, which belongs to one job.
 */
byte redis_term;        /* 0: missing */
byte hash_epoch[JOBS];  /* 0: no hash */
byte hash_worker[JOBS]; /* 0: waits in its lane */
short ended;            /* facts that an execution has ended its job (done, or failed for good) */
short returned;         /* facts that it has not (lost, snoozed, failed with attempts left) */
byte token;             /* whose look at Redis is valid */

/* ---- Processes ---- */

byte my_term[COORDINATORS];     /* what a coordinator believes; 0: does not lead */
short held[WORKERS + 1];        /* executions that a worker has; index 1 and up */
bool dead[WORKERS + 1];
bool used;                      /* the first to claim is worker 1: which of them it is is all one */
short overdue;                  /* leases that have run out and are neither renewed nor reaped yet */
short stray_beat[WORKERS + 1];  /* executions in a beat that was sent before they were finished */
byte late_epoch, late_term;     /* the push that is still under way */
bool audit;                     /* the dispatcher's audit is due */

byte wipes = WIPES, changes = CHANGES, errors = ERRORS, pauses = PAUSES, crashes = CRASHES, replies = REPLIES;
byte lates = LATE, audits = 2;

/* ---- What only the properties look at ---- */

short pushed;           /* P3 */
byte assumed;           /* P5: the latest term that has begun in Redis */
short accepted;         /* P6: results that Redis took while their execution was the live one */

#ifdef NO_P5
#define P5(condition) true
#else
#define P5(condition) assert(condition)
#endif

#define leads(t) (leader_term == (t) && lease_runs)
#if JOBS == 1
#define all_done (place[0] == DONE)
#define any_ready (place[0] == READY)
#else
#define all_done (place[0] == DONE && place[1] == DONE)
#define any_ready (place[0] == READY || place[1] == READY)
#endif

/* ---- Lua scripts ---- */

/* Scripts.push. Sets `taken` unless the term is refused. */
inline push(e, t, taken) {
    if
#ifdef NO_PUSH_TERM
    :: true ->
#else
    :: redis_term != 0 && redis_term == t ->
#endif
        P5(t >= assumed);
        taken = true;
        if
#ifdef NO_EPOCH_ORDER
        :: true ->
#else
        :: hash_epoch[job_of[e]] < e ->
#endif
            assert(!(pushed & BIT(e)));                                                             /* P3 */
            pushed = pushed | BIT(e);
            hash_epoch[job_of[e]] = e;
            hash_worker[job_of[e]] = 0
        :: else
        fi
    :: else -> taken = false
    fi
}

/* Scripts.beat, for one execution, and what the worker does about the answer. */
inline beat(e, w) {
    if
    :: hash_epoch[job_of[e]] == e && hash_worker[job_of[e]] == w -> skip
    :: hash_epoch[job_of[e]] == 0 && redis_term == 0 -> hash_epoch[job_of[e]] = e; hash_worker[job_of[e]] = w
    :: else -> held[w] = held[w] & ~BIT(e)
    fi;
    overdue = overdue & ~BIT(e)
}

/* Scripts.finish: held by this worker, or forgotten while there is no term. */
inline finish(e, w) {
    if
    :: (hash_epoch[job_of[e]] == e && hash_worker[job_of[e]] == w) || (hash_epoch[job_of[e]] == 0 && redis_term == 0) ->
        hash_epoch[job_of[e]] = 0;
        hash_worker[job_of[e]] = 0;
        ended = ended | BIT(e);
#ifdef P6
        if
        :: place[job_of[e]] == LIVE && live_epoch[job_of[e]] == e -> accepted = accepted | BIT(e)
        :: else
        fi
#endif
    :: else
    fi
}

/* A member of a set that is not empty, any of them. */
inline choose(set, e) {
    e = 1;
    do
    :: set & BIT(e) -> break
    :: set >> (e + 1) -> e++
    od
}

/* ---- A worker ---- */

/* Executions of a worker for which a beat is not idle. */
#if JOBS == 1
#define news(w) (held[w] & (overdue | ~BIT(hash_epoch[0])))
#else
#define news(w) (held[w] & (overdue | ~(BIT(hash_epoch[0]) | BIT(hash_epoch[1]))))
#endif

/* Scripts.claim */
#define CLAIM(j) \
    :: atomic { \
        !dead[w] && (w == 1 || used) && redis_term != 0 && hash_epoch[j] != 0 && hash_worker[j] == 0 -> \
        used = true; \
        hash_worker[j] = w; \
        if \
        :: held[w] = held[w] | BIT(hash_epoch[j]) \
        :: replies > 0 -> replies-- \
        fi }

proctype Worker(byte w) {
    byte e;
end:
    do
    CLAIM(0)
#if JOBS == 2
    CLAIM(1)
#endif
    /* The result is there, at any time after the claim. */
    :: atomic {
        !dead[w] && held[w] != 0 ->
        choose(held[w], e);
        finish(e, w);
        if
        :: held[w] = held[w] & ~BIT(e); overdue = overdue & ~BIT(e)
        :: replies > 0 -> replies--                                     /* sent again, and in beats until then */
        :: replies > 0 -> replies--; stray_beat[w] = stray_beat[w] | BIT(e);
            held[w] = held[w] & ~BIT(e); overdue = overdue & ~BIT(e)
        fi;
        e = 0 }
    /* A beat that would change something, in Redis or here. */
    :: atomic { !dead[w] && news(w) != 0 -> choose(news(w), e); beat(e, w); e = 0 }
    :: atomic {
        stray_beat[w] != 0 ->
        choose(stray_beat[w], e);
        stray_beat[w] = stray_beat[w] & ~BIT(e);
        beat(e, w);
        e = 0 }
    :: atomic { !dead[w] && pauses > 0 && (held[w] & ~overdue) -> pauses--; overdue = overdue | held[w] }
    :: atomic {
        !dead[w] && crashes > 0 ->
        crashes--; dead[w] = true; used = true;
        overdue = overdue & ~held[w]; held[w] = 0 }
    od
}

/* ---- A coordinator's dispatcher: DispatcherService ---- */

#ifndef NO_ASKING
#define may_requeue(t) leads(t)
#else
#define may_requeue(t) (unknown == 0 || leads(t))
#endif

proctype Dispatcher(byte c) {
    byte t, settled, e;
    short live, unknown, mark_ended, mark_returned, pending;
    bool taken;

/* Whatever throws leaves doubt. */
#define DOUBT \
    t = 0; settled = 0; live = 0; unknown = 0; mark_ended = 0; mark_returned = 0; pending = 0; e = 0; \
    goto end
#define BREAK_OFF :: atomic { errors > 0 -> errors--; DOUBT }

end:
    do
    :: atomic {
        my_term[c] != 0 && (settled != my_term[c] || redis_term != my_term[c] || any_ready || audit) ->
        t = my_term[c];
        if
        :: settled == t && redis_term == t && !audit -> settled = 0; goto fill
        :: else ->
            /* settle. The wait for beats may end at any time: nothing but work already done depends on it. */
            settled = 0; audit = false;
#ifndef NO_TOKEN
            token = c + 1;
#endif
            e = 0;
            do
            :: e < JOBS ->
                if
                :: place[e] == LIVE -> live = live | BIT(live_epoch[e])
                :: else
                fi;
                e++
            :: else -> break
            od;
            e = 0
        fi };
        if
        :: atomic {
            true ->                                                     /* Scripts.known */
            unknown = live; live = 0;
            e = 0;
            do
            :: e < JOBS -> unknown = unknown & ~BIT(hash_epoch[e]); e++
            :: else -> break
            od;
            e = 0 }
        BREAK_OFF
        fi;
#ifndef NO_WAIT
        atomic { mark_ended = ended; mark_returned = returned };
        if
        :: atomic { !(ended & mark_ended) && !(returned & mark_returned) && my_term[c] == t ->
            mark_ended = 0; mark_returned = 0 }
        :: atomic { my_term[c] != t -> DOUBT }
        BREAK_OFF
        fi;
#endif
        if
        /* JobStore.requeue; without leases it asks nobody whether the term is current. */
        :: atomic {
            may_requeue(t) ->
            e = 0;
            do
            :: e < JOBS ->
                if
                :: place[e] == LIVE && (unknown & BIT(live_epoch[e])) ->
#ifdef P6
                    assert(!(accepted & BIT(live_epoch[e])));                                       /* P6 */
#endif
                    place[e] = READY; live_epoch[e] = 0
                :: else
                fi;
                e++
            :: else -> break
            od;
            e = 0; unknown = 0 }
        :: atomic { !may_requeue(t) -> goto over }
        BREAK_OFF
        fi;
        if
        /* Scripts.assume */
        :: atomic {
#ifndef NO_TOKEN
            token == c + 1 && redis_term <= t ->
            token = 0;
#else
            redis_term <= t ->
#endif
#ifdef P5_ASSUME
            assert(t >= assumed);                                                                   /* P5 */
#endif
            redis_term = t;
            if
            :: t > assumed -> assumed = t
            :: else
            fi }
        :: atomic { redis_term > t -> goto over }
#ifndef NO_TOKEN
        :: atomic { token != c + 1 && redis_term <= t -> DOUBT }
#endif
        BREAK_OFF
        fi;

fill:
        if
        :: atomic { !any_ready -> settled = t; t = 0; goto end }
        /* JobStore.dispatch */
#ifdef NO_DISPATCH_TERM
        :: atomic {
            any_ready ->
#else
        :: atomic {
            any_ready && leads(t) ->
#endif
            P5(leads(t));
            e = 0;
            do
            :: e < JOBS ->
                if
                :: place[e] == READY ->
                    assert(next_epoch <= EPOCHS);
                    place[e] = LIVE; live_epoch[e] = next_epoch; job_of[next_epoch] = e;
                    pending = pending | BIT(next_epoch);
                    next_epoch++
                :: else
                fi;
                e++
            :: else -> break
            od;
            e = 0 }
#ifndef NO_DISPATCH_TERM
        :: atomic { any_ready && !leads(t) -> goto over }
#endif
        BREAK_OFF
        fi;
        do
        :: atomic {
            pending != 0 ->
            choose(pending, e);
            push(e, t, taken);
            if
            :: taken -> taken = false; pending = pending & ~BIT(e); e = 0
            :: else -> DOUBT
            fi }
        :: atomic { pending == 0 -> settled = t; t = 0; goto end }
#ifdef REPUSH
        :: atomic {
            pending != 0 && errors > 0 ->
            errors--; choose(pending, e); push(e, t, taken); taken = false; e = 0 }
#endif
        :: atomic {
            pending != 0 && lates > 0 ->
            lates--; choose(pending, late_epoch); late_term = t; DOUBT }
        BREAK_OFF
        od
    od;
over:
    /* It goes on trying, to no effect, until it has heard that its term is over. */
    if
    :: atomic { my_term[c] != t -> DOUBT }
    fi
}

/* ---- A coordinator's recorder: RecorderService; it works on what it has read though its term be over ---- */

#ifdef NO_FENCE
#define matches(e) (place[job_of[e]] == LIVE)
#else
#define matches(e) (place[job_of[e]] == LIVE && live_epoch[job_of[e]] == (e))
#endif

/* JobStore.record, one transaction */
inline record() {
    e = 1;
    do
    :: e < next_epoch ->
        if
        :: (read_ended & BIT(e)) && matches(e) ->
            assert(place[job_of[e]] != DONE);                                                       /* P1 */
            assert(live_epoch[job_of[e]] == e);                                                     /* P4 */
            place[job_of[e]] = DONE; live_epoch[job_of[e]] = 0
        :: else
        fi;
        if
        :: (read_returned & BIT(e)) && matches(e) ->
            assert(live_epoch[job_of[e]] == e);                                                     /* P4 */
#ifdef P6
            assert(!(accepted & BIT(e)));                                                           /* P6 */
#endif
            place[job_of[e]] = READY; live_epoch[job_of[e]] = 0
        :: else
        fi;
        e++
    :: else -> break
    od;
    e = 0
}

/* JobDispatch.acknowledge */
inline acknowledge() {
    ended = ended & ~read_ended;
    returned = returned & ~read_returned
}

proctype Recorder(byte c) {
    short read_ended, read_returned;
    byte e;
end:
    do
    :: atomic {
        my_term[c] != 0 && (ended || returned) ->
        read_ended = ended; read_returned = returned };
        if
#ifdef ACK_FIRST
        :: atomic { true -> acknowledge() }
#else
        :: atomic { true -> record() }
#endif
        :: atomic { errors > 0 -> errors--; read_ended = 0; read_returned = 0; goto end }
        fi;
        if
#ifdef ACK_FIRST
        :: atomic { true -> record(); read_ended = 0; read_returned = 0 }
#else
        :: atomic { true -> acknowledge(); read_ended = 0; read_returned = 0 }
#endif
        :: atomic { errors > 0 -> errors--; read_ended = 0; read_returned = 0 }
        fi
    od
}

/* ---- Leaders, the reaper, faults, and the end ---- */

/* LeaderService: a coordinator hears at some time that its term is over, and tries to begin another. */
#define LEAD(c) \
    :: atomic { my_term[c] != 0 && !leads(my_term[c]) -> my_term[c] = 0 } \
    :: atomic { my_term[c] == 0 && !lease_runs -> leader_term++; lease_runs = true; my_term[c] = leader_term }

/* Scripts.reap: the lease has run out, or its worker is gone or never heard of it. No term is asked for. */
#define REAP(j) \
    :: atomic { \
        hash_worker[j] != 0 && ((overdue & BIT(hash_epoch[j])) || !(held[hash_worker[j]] & BIT(hash_epoch[j]))) -> \
        returned = returned | BIT(hash_epoch[j]); \
        overdue = overdue & ~BIT(hash_epoch[j]); \
        hash_epoch[j] = 0; hash_worker[j] = 0 }

proctype World() {
    bool taken;
    byte j;
end:
    do
    LEAD(0)
    LEAD(1)
    REAP(0)
#if JOBS == 2
    REAP(1)
#endif
    :: atomic { changes > 0 && lease_runs -> changes--; lease_runs = false }
    :: atomic {
        wipes > 0 ->
        wipes--;
        redis_term = 0; ended = 0; returned = 0; token = 0;
        j = 0;
        do
        :: j < JOBS -> hash_epoch[j] = 0; hash_worker[j] = 0; j++
        :: else -> break
        od;
        j = 0 }
    :: atomic {
        late_epoch != 0 ->
        push(late_epoch, late_term, taken);
        taken = false; late_epoch = 0; late_term = 0 }
    /* Nothing moves any more. */
    :: atomic {
        timeout ->
        if
        :: all_done -> break
#ifndef NO_AUDIT
        :: !all_done && audits > 0 -> audits--; audit = true
        :: !all_done && audits == 0 -> assert(false)                                                /* P2 */
#else
        :: !all_done -> assert(false)                                                               /* P2 */
#endif
        fi }
    od
}

init {
    atomic {
        leader_term = 1; lease_runs = true; my_term[0] = 1;            /* which of the two begins is all one */
        run Dispatcher(0); run Dispatcher(1);
        run Recorder(0); run Recorder(1);
        run Worker(1); run Worker(2);
        run World()
    }
}
