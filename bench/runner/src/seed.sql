-- Kosts with people, years of reports and what followed from them, into a
-- database that `kostticket migrate` has made and that has one account, the
-- admin's. `shape` (tickets, kosts, residents, now) is there already.
--
-- Each kost has an owner, a manager, two caretakers and its residents, 24 rooms
-- and two shared facilities. The first kost has a fifth of all reports, the others
-- share the rest. More reports mean a longer past, not more of them in a week:
-- twelve a day in the first kost, two in the others. In the last kost the residents are
-- caretakers as well: so many people look at one dashboard at most.

CREATE TEMP TABLE n (n INTEGER PRIMARY KEY);
INSERT INTO n
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n, shape WHERE n < max(tickets, kosts, residents + 4))
SELECT n FROM n;

INSERT INTO kost (id, slug, name, timezone, registration, invite_code, created_at)
SELECT n, 'bench-' || n, 'Kost Bench ' || n, 'Asia/Jakarta', 'invite', 'BENCH' || n, now
FROM n, shape WHERE n <= kosts;

INSERT INTO location (id, kost, kind, name)
SELECT (kost.id - 1) * 26 + n, kost.id, CASE WHEN n <= 24 THEN 'room' ELSE 'shared' END,
    CASE WHEN n <= 24 THEN CAST(100 + n AS TEXT) WHEN n = 25 THEN 'Dapur' ELSE 'Teras' END
FROM kost, n WHERE n <= 26;

-- Nobody has an e-mail address: what is measured is the program, not a mail server.
INSERT INTO account (id, username, name, password_hash, language, unsubscribe_token, created_at)
SELECT 1 + (kost.id - 1) * (residents + 4) + n, 'bench-' || kost.id || '-' || n,
    CASE WHEN n <= 4 THEN 'Staf' ELSE 'Penghuni' END || ' ' || n,
    admin.password_hash, 'id', 'bench-' || kost.id || '-' || n, now
FROM kost, n, shape, account admin WHERE n <= residents + 4 AND admin.id = 1;

INSERT INTO membership (account, kost, role, location, takes_tickets, started_at)
SELECT 1 + (kost.id - 1) * (residents + 4) + n, kost.id,
    CASE n WHEN 1 THEN 'owner' WHEN 2 THEN 'manager' WHEN 3 THEN 'caretaker' WHEN 4 THEN 'caretaker'
        ELSE CASE WHEN kost.id = kosts AND kosts > 1 THEN 'caretaker' ELSE 'resident' END END,
    CASE WHEN n > 4 THEN (kost.id - 1) * 26 + 1 + (n - 5) % 24 END, n IN (3, 4), now
FROM kost, n, shape WHERE n <= residents + 4;

-- Which report is where: its kost, its number there, how many that has, and when it was opened.
CREATE TEMP TABLE plan AS
WITH placed AS (
    SELECT n AS id, 
        CASE WHEN n <= tickets / 5 OR kosts = 1 THEN 1 ELSE 2 + (n - tickets / 5 - 1) % (kosts - 1) END AS kost,
        CASE WHEN n <= tickets / 5 OR kosts = 1 THEN n ELSE 1 + (n - tickets / 5 - 1) / (kosts - 1) END AS number
    FROM n, shape WHERE n <= tickets
),
size AS (SELECT kost, max(number) AS reports FROM placed GROUP BY kost)
SELECT id, placed.kost, number, reports - number AS age,
    now - (reports - number) * CASE placed.kost WHEN 1 THEN 7200000 ELSE 43200000 END - 600000 AS opened_at
FROM placed JOIN size ON size.kost = placed.kost, shape;

-- The newest forty of each kost are not done yet.
INSERT INTO ticket (id, kost, number, reporter, assignee, location, category, priority, status, title,
    description, search, submission, version, comment_count, answer, opened_at, changed_at,
    first_response_at, done_at)
SELECT id, kost, number,
    1 + (kost - 1) * (residents + 4) + 5 + number % residents,
    1 + (kost - 1) * (residents + 4) + 3 + number % 2,
    (kost - 1) * 26 + 1 + number % residents % 24,
    CASE number % 5 WHEN 0 THEN 'ac' WHEN 1 THEN 'water' WHEN 2 THEN 'electricity' WHEN 3 THEN 'wifi' ELSE 'room' END,
    CASE number % 9 WHEN 0 THEN 'high' WHEN 1 THEN 'low' ELSE 'medium' END,
    CASE WHEN age >= 40 THEN 'done' WHEN number % 3 = 0 THEN 'in_progress' ELSE 'open' END,
    'Keran di kamar mandi menetes ' || number,
    'Menetes sejak semalam, dan ember di bawahnya penuh tiap pagi. Mohon dilihat.',
    'keran di kamar mandi menetes ' || number || char(10) || 'menetes sejak semalam, dan ember di bawahnya penuh tiap pagi. mohon dilihat.',
    'bench-' || id, 1, age >= 40,
    CASE WHEN age < 40 THEN NULL WHEN number % 5 = 0 THEN 'silent' ELSE 'confirmed' END,
    opened_at,
    CASE WHEN age < 40 THEN opened_at + 1000 ELSE opened_at + 72000000 END,
    CASE WHEN age < 40 THEN NULL ELSE opened_at + 3600000 END,
    CASE WHEN age < 40 THEN NULL ELSE opened_at + 72000000 END
FROM plan, shape;

INSERT INTO activity (ticket, kost, actor, kind, old_value, new_value, body, at)
SELECT ticket.id, ticket.kost,
    CASE step.n WHEN 1 THEN reporter WHEN 2 THEN NULL WHEN 5 THEN reporter ELSE assignee END,
    CASE step.n WHEN 1 THEN 'opened' WHEN 2 THEN 'assigned' WHEN 3 THEN 'commented' WHEN 4 THEN 'status_changed' ELSE 'confirmed' END,
    CASE step.n WHEN 4 THEN 'open' END,
    CASE step.n WHEN 1 THEN priority WHEN 2 THEN CAST(assignee AS TEXT) WHEN 4 THEN 'done' END,
    CASE step.n WHEN 3 THEN 'Saya datang besok pagi, sekitar jam sembilan.' END,
    CASE step.n WHEN 1 THEN opened_at WHEN 2 THEN opened_at + 1000 WHEN 3 THEN first_response_at ELSE done_at END
FROM ticket, (SELECT n FROM n WHERE n <= 5) step
WHERE step.n <= 2 OR status = 'done' AND (step.n <= 4 OR answer = 'confirmed')
ORDER BY ticket.id, step.n;

-- Owner and manager hear of a report, its reporter of the comment and the end.
INSERT INTO notification (account, activity, ticket, kost, at, read_at)
SELECT 1 + (kost - 1) * (residents + 4) + n, activity.id, ticket, kost, at, CASE WHEN now - at > 86400000 THEN at END
FROM activity, n, shape WHERE kind = 'opened' AND n <= 2;
INSERT INTO notification (account, activity, ticket, kost, at, read_at)
SELECT reporter, activity.id, ticket, activity.kost, at, at
FROM activity JOIN ticket ON ticket.id = activity.ticket
WHERE kind IN ('commented', 'status_changed');

-- The tasks of the last week, as many as a tenth of the reports.
INSERT INTO job (name, version, queue, priority, state, args, scope, subject, attempt, max_attempts,
    created_at, due_at, started_at, ended_at)
SELECT 'AssignTicket', 1, 'default', 0, 'done', '{"ticket":' || id || ',"kost":' || kost || '}', kost,
    'ticket:' || id, 1, 12, now - 3600000, now - 3600000, now - 3600000, now - 3600000
FROM plan, shape WHERE id % 10 = 0;
INSERT INTO job_count (scope, queue, state, slot, n)
SELECT scope, 'default', 'done', 0, count(*) FROM job GROUP BY scope
UNION ALL SELECT 0, 'default', 'done', 0, count(*) FROM job;

-- What is kept rather than counted.
UPDATE kost SET
    next_ticket = 1 + (SELECT count(*) FROM ticket WHERE kost = kost.id),
    open_count = (SELECT count(*) FROM ticket WHERE kost = kost.id AND status = 'open'),
    in_progress_count = (SELECT count(*) FROM ticket WHERE kost = kost.id AND status = 'in_progress'),
    done_count = (SELECT count(*) FROM ticket WHERE kost = kost.id AND status = 'done');
UPDATE membership SET unfinished = (
    SELECT count(*) FROM ticket
    WHERE ticket.kost = membership.kost AND ticket.assignee = membership.account AND status <> 'done')
WHERE takes_tickets;
UPDATE account SET unread = (
    SELECT count(*) FROM notification WHERE notification.account = account.id AND read_at IS NULL);

DROP TABLE plan;
DROP TABLE n;
