import Redis

/// The Lua scripts: each is one step of the protocol that must not be torn apart.
///
/// Times are Redis's own. Execution is fenced by the epoch: a script that is given another epoch than the one in the
/// hash of the job, or another worker than the one that claimed it, does nothing for that job.
enum Scripts {
    /// Changes the counts of claimed jobs by batch, once for each batch.
    private static let recount = """
        local function recount(running, changes)
          for batch, change in pairs(changes) do
            if redis.call('HINCRBY', running, batch, change) <= 0 then redis.call('HDEL', running, batch) end
          end
        end

        """

    private static let now = """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)

        """

    /// Begins a term.
    ///
    /// KEYS term, settling; ARGV term, token. 1 if it is the term now, 0 if a later one is, -1 if the token is not there:
    /// Redis was wiped, or somebody else began to put it right, after this process had begun to look.
    static let assume = RedisScript(
        """
        if redis.call('GET', KEYS[2]) ~= ARGV[2] then return -1 end
        local current = tonumber(redis.call('GET', KEYS[1]) or '0')
        if current > tonumber(ARGV[1]) then return 0 end
        redis.call('SET', KEYS[1], ARGV[1])
        redis.call('DEL', KEYS[2])
        return 1
        """)

    /// Puts jobs into a lane.
    ///
    /// KEYS term, lane, wake, job prefix, leases, running; ARGV term, whether to put them first, then of each job: id,
    /// epoch, batch, head, payload. How many are new.
    ///
    /// Jobs that come back go first: they have waited for their turn once.
    /// An epoch that is not newer than the one known is left out; a newer one takes the job from its holder.
    static let push = RedisScript(
        recount + """
            local term = redis.call('GET', KEYS[1])
            if not term then return redis.error_reply('NOTERM no term') end
            if term ~= ARGV[1] then return redis.error_reply('STALETERM the term is ' .. term) end
            local entries, changes = {}, {}
            for i = 3, #ARGV, 5 do
              local id, epoch = ARGV[i], ARGV[i + 1]
              local key = KEYS[4] .. id
              local old = redis.call('HGET', key, 'e')
              if not old or tonumber(old) < tonumber(epoch) then
                if old then
                  if redis.call('ZREM', KEYS[5], id .. ':' .. old) == 1 then
                    local batch = redis.call('HGET', key, 'b')
                    if batch then changes[batch] = (changes[batch] or 0) - 1 end
                  end
                  redis.call('DEL', key)
                end
                redis.call('HSET', key, 'e', epoch, 'b', ARGV[i + 2], 'h', ARGV[i + 3], 'p', ARGV[i + 4])
                entries[#entries + 1] = id .. ':' .. epoch
              end
            end
            recount(KEYS[6], changes)
            if #entries > 0 then
              if ARGV[2] == '1' then
                for i = #entries, 1, -1 do redis.call('LPUSH', KEYS[2], entries[i]) end
              else
                redis.call('RPUSH', KEYS[2], unpack(entries))
              end
              if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('RPUSH', KEYS[3], '1') end
            end
            return #entries
            """)

    /// Gives a worker jobs of the first lane that has some.
    ///
    /// KEYS term, leases, job prefix, running, then lanes, then their wakes; ARGV worker, lease in ms, then the
    /// limit of each lane. Number of the lane, then of each job: id, epoch, batch, head, payload.
    ///
    /// The marker of a lane stands exactly while there is something in it, so that each idle worker wakes the next.
    static let claim = RedisScript(
        recount + now + """
            if redis.call('EXISTS', KEYS[1]) == 0 then return redis.error_reply('NOTERM no term') end
            local worker, lanes = ARGV[1], #ARGV - 2
            local deadline = now + tonumber(ARGV[2])
            for lane = 1, lanes do
              local list, wake = KEYS[4 + lane], KEYS[4 + lanes + lane]
              local out, leases, changes = {lane}, {}, {}
              local wanted = tonumber(ARGV[2 + lane])
              while wanted > 0 do
                local entries = redis.call('LPOP', list, wanted)
                if not entries then break end
                for _, entry in ipairs(entries) do
                  local id, epoch = string.match(entry, '^(%d+):(%d+)$')
                  local key = KEYS[3] .. (id or '')
                  local job = redis.call('HMGET', key, 'e', 'b', 'h', 'p', 'w', 'x')
                  if id and job[1] == epoch and job[2] and not job[5] then
                    if job[6] then
                      redis.call('DEL', key)
                    else
                      redis.call('HSET', key, 'w', worker)
                      leases[#leases + 1], leases[#leases + 2] = deadline, entry
                      changes[job[2]] = (changes[job[2]] or 0) + 1
                      local n = #out
                      out[n + 1], out[n + 2], out[n + 3], out[n + 4], out[n + 5] = id, epoch, job[2], job[3], job[4]
                      wanted = wanted - 1
                    end
                  end
                end
              end
              if #leases > 0 then redis.call('ZADD', KEYS[2], unpack(leases)) end
              recount(KEYS[4], changes)
              if redis.call('EXISTS', list) == 0 then
                redis.call('DEL', wake)
              elseif redis.call('EXISTS', wake) == 0 then
                redis.call('RPUSH', wake, '1')
              end
              if #out > 1 then return out end
            end
            return {}
            """)

    /// Renews leases.
    ///
    /// KEYS leases, job prefix, facts, workers, announcement, term, then the wakes of lanes that go first; ARGV worker,
    /// lease in ms, presence in ms, then of each lease: id, epoch. 1 if the worker is registered, its order, 1 if
    /// something waits in a lane that goes first, then for each lease: 0 go on, 1 cancelled, 2 lost.
    ///
    /// While Redis has no term it has forgotten everything: then it learns of running jobs from those who run them. Of
    /// two who say that they run one, the later epoch is the one that may count.
    ///
    /// A job that has begun is reported as started, once: one that waits in a worker takes none of its time.
    ///
    /// PEXPIRE comes first: a Redis whose memory is full refuses a script whose first write may take memory, and would
    /// go on to let REAP take the leases.
    static let beat = RedisScript(
        now + """
            local worker, deadline = ARGV[1], now + tonumber(ARGV[2])
            local out, started = {redis.call('PEXPIRE', KEYS[5], ARGV[3])}, {}
            redis.call('ZADD', KEYS[4], now, worker)
            out[2] = tonumber(redis.call('HGET', KEYS[5], 'order') or '0')
            out[3] = 0
            for i = 7, #KEYS do out[3] = math.max(out[3], redis.call('EXISTS', KEYS[i])) end
            local wiped = redis.call('EXISTS', KEYS[6]) == 0
            for i = 4, #ARGV, 2 do
              local id, epoch = ARGV[i], ARGV[i + 1]
              local key = KEYS[2] .. id
              local job = redis.call('HMGET', key, 'e', 'w', 'x', 's', 'c')
              if wiped and (not job[1] or tonumber(job[1]) < tonumber(epoch)) then
                redis.call('DEL', key)
                redis.call('HSET', key, 'e', epoch, 'w', worker)
                job = {epoch, worker, false, false, false}
              end
              if job[1] == epoch and job[2] == worker then
                redis.call('ZADD', KEYS[1], deadline, id .. ':' .. epoch)
                if job[5] and not job[4] then
                  redis.call('HSET', key, 's', '1')
                  started[#started + 1], started[#started + 2] = 'f', 'started ' .. id .. ' ' .. epoch .. ' '
                end
                out[#out + 1] = job[3] and 1 or 0
              else
                out[#out + 1] = 2
              end
            end
            if #started > 0 then redis.call('XADD', KEYS[3], '*', 'w', worker, unpack(started)) end
            return out
            """)

    /// Notes that a worker begins to compute jobs.
    ///
    /// KEYS job prefix; ARGV worker, then of each lease: id, epoch. How many there were.
    static let begin = RedisScript(
        """
        local count = 0
        for i = 2, #ARGV, 2 do
          local key = KEYS[1] .. ARGV[i]
          local job = redis.call('HMGET', key, 'e', 'w')
          if job[1] == ARGV[i + 1] and job[2] == ARGV[1] then
            redis.call('HSET', key, 'c', '1')
            count = count + 1
          end
        end
        return count
        """)

    /// Ends leases, and sends facts on their way, all in one entry of the stream.
    ///
    /// KEYS leases, job prefix, facts, running, term; ARGV worker, then of each fact: id, epoch, kind, body. 1 or 0 for
    /// each: accepted, or the lease is not the worker's.
    ///
    /// While Redis has no term, facts about jobs that it has forgotten are taken: PostgreSQL knows the epoch that
    /// counts.
    static let finish = RedisScript(
        recount + """
            local out, leases, jobs, facts, changes = {}, {}, {}, {}, {}
            local wiped = redis.call('EXISTS', KEYS[5]) == 0
            for i = 2, #ARGV, 4 do
              local id, epoch = ARGV[i], ARGV[i + 1]
              local key, lease = KEYS[2] .. id, id .. ':' .. epoch
              local job = redis.call('HMGET', key, 'e', 'w', 'b')
              local held = job[1] == epoch and job[2] == ARGV[1] and not jobs[lease]
              if held then
                jobs[lease] = true
                jobs[#jobs + 1] = key
                leases[#leases + 1] = lease
                if job[3] then changes[job[3]] = (changes[job[3]] or 0) - 1 end
              end
              if held or (wiped and not job[1]) then
                facts[#facts + 1] = 'f'
                facts[#facts + 1] = ARGV[i + 2] .. ' ' .. id .. ' ' .. epoch .. ' ' .. ARGV[i + 3]
                out[#out + 1] = 1
              else
                out[#out + 1] = 0
              end
            end
            if #jobs > 0 then
              redis.call('ZREM', KEYS[1], unpack(leases))
              redis.call('DEL', unpack(jobs))
              recount(KEYS[4], changes)
            end
            if #facts > 0 then redis.call('XADD', KEYS[3], '*', 'w', ARGV[1], unpack(facts)) end
            return out
            """)

    /// Ends leases that have run out.
    ///
    /// KEYS leases, job prefix, facts, running, reaper, term; ARGV limit, longest pause between two calls in ms, grace in
    /// ms, term. How many there were.
    ///
    /// After a pause nobody may have been able to renew anything: Redis stood still, or its clock was set. Then workers
    /// get some grace to do so, and it counts from the moment that Redis runs again. Leases that a clock gave which was set
    /// back since would last until it is there again.
    static let reap = RedisScript(
        recount + now + """
            local term = redis.call('GET', KEYS[6])
            if not term then return redis.error_reply('NOTERM no term') end
            if term ~= ARGV[4] then return redis.error_reply('STALETERM the term is ' .. term) end
            local last, grace = unpack(redis.call('HMGET', KEYS[5], 'last', 'grace'))
            local pause = last and now - tonumber(last)
            if not pause or pause < 0 or pause > tonumber(ARGV[2]) then
              grace = now + tonumber(ARGV[3])
              redis.call('HSET', KEYS[5], 'grace', grace)
            end
            redis.call('HSET', KEYS[5], 'last', now)
            if pause and pause < 0 then
              local longest = now + 2 * tonumber(ARGV[2])
              for _, entry in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. longest, '+inf')) do
                redis.call('ZADD', KEYS[1], longest, entry)
              end
            end
            if grace and now < tonumber(grace) then return 0 end
            local lost, changes = 0, {}
            for _, entry in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])) do
              redis.call('ZREM', KEYS[1], entry)
              local id, epoch = string.match(entry, '^(%d+):(%d+)$')
              local key = KEYS[2] .. (id or '')
              local job = redis.call('HMGET', key, 'e', 'w', 'b', 'c')
              if id and job[1] == epoch then
                redis.call('DEL', key)
                if job[3] then changes[job[3]] = (changes[job[3]] or 0) - 1 end
                local body = job[4] and '{"begun":1}' or ''
                redis.call('XADD', KEYS[3], '*', 'w', job[2] or '-', 'f', 'lost ' .. id .. ' ' .. epoch .. ' ' .. body)
                lost = lost + 1
              end
            end
            recount(KEYS[4], changes)
            return lost
            """)

    /// Tells which executions wait or run.
    ///
    /// KEYS job prefix; ARGV id, epoch of each. 1 or 0 for each.
    static let known = RedisScript(
        """
        local out = {}
        for i = 1, #ARGV, 2 do
          out[#out + 1] = redis.call('HGET', KEYS[1] .. ARGV[i], 'e') == ARGV[i + 1] and 1 or 0
        end
        return out
        """)

    /// Calls executions off: those that nobody has are forgotten, so that their turn never comes; the others are marked.
    ///
    /// KEYS job prefix; ARGV id, epoch of each. How many there were.
    static let cancel = RedisScript(
        """
        local count = 0
        for i = 1, #ARGV, 2 do
          local key = KEYS[1] .. ARGV[i]
          local job = redis.call('HMGET', key, 'e', 'w')
          if job[1] == ARGV[i + 1] then
            if job[2] then redis.call('HSET', key, 'x', '1') else redis.call('DEL', key) end
            count = count + 1
          end
        end
        return count
        """)

    /// Takes executions back that nobody has claimed.
    ///
    /// KEYS job prefix, term; ARGV term, then id, epoch of each. 1 or 0 for each: taken back, or somebody has it, or it
    /// is not known.
    static let recall = RedisScript(
        """
        local term = redis.call('GET', KEYS[2])
        if not term then return redis.error_reply('NOTERM no term') end
        if term ~= ARGV[1] then return redis.error_reply('STALETERM the term is ' .. term) end
        local out = {}
        for i = 2, #ARGV, 2 do
          local key = KEYS[1] .. ARGV[i]
          local job = redis.call('HMGET', key, 'e', 'w')
          local waits = job[1] == ARGV[i + 1] and not job[2]
          if waits then redis.call('DEL', key) end
          out[#out + 1] = waits and 1 or 0
        end
        return out
        """)

    /// Notes what is wanted of a worker, if it is listed.
    ///
    /// KEYS announcement; ARGV order. 1 if it is listed.
    static let order = RedisScript(
        """
        if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
        redis.call('HSET', KEYS[1], 'order', ARGV[1])
        return 1
        """)

    /// Sends reports of executions that go on.
    ///
    /// KEYS job prefix, facts, term; ARGV worker, then of each: id, epoch, kind, body. 1 or 0 for each: sent, or the
    /// lease is not the worker's.
    static let report = RedisScript(
        """
        local out, facts = {}, {}
        local wiped = redis.call('EXISTS', KEYS[3]) == 0
        for i = 2, #ARGV, 4 do
          local id, epoch = ARGV[i], ARGV[i + 1]
          local job = redis.call('HMGET', KEYS[1] .. id, 'e', 'w')
          local held = job[1] == epoch and job[2] == ARGV[1]
          if held or (wiped and not job[1]) then
            facts[#facts + 1] = 'f'
            facts[#facts + 1] = ARGV[i + 2] .. ' ' .. id .. ' ' .. epoch .. ' ' .. ARGV[i + 3]
          end
          out[#out + 1] = held and 1 or 0
        end
        if #facts > 0 then redis.call('XADD', KEYS[2], '*', 'w', ARGV[1], unpack(facts)) end
        return out
        """)
}
