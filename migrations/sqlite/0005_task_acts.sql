-- Who did what to tasks, queues and schedules. Outlives the tasks.

CREATE TABLE task_act (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    kost    INTEGER NOT NULL,                 -- whose tasks changed; 0: those of all, or of none
    account INTEGER NOT NULL REFERENCES account (id),
    act     TEXT   NOT NULL,
    job     INTEGER,                          -- the task, if it was one
    subject TEXT   NOT NULL,                 -- its type, the queue's or schedule's name, or the filter of many
    about   TEXT,                            -- what the task was about
    due_before INTEGER,                       -- when it was due, and when it is due since then,
    due_after  INTEGER,                       -- if that is what was done
    n       INTEGER NOT NULL,                 -- how many changed
    part_of INTEGER,                          -- the deed on the tasks of all kosts of which it is this kost's part
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX task_act_kost_job ON task_act (kost, job, id) WHERE job IS NOT NULL;
CREATE INDEX task_act_kost ON task_act (kost, id);
