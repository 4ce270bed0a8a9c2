package ci

import (
	"context"
	"sync"
)

// LogMemory holds the logs of jobs that have ended, which do not change any more,
// so that somebody who waits does not fetch them again with every look. The zero
// LogMemory is ready.
type LogMemory struct {
	mu   sync.Mutex
	logs map[string][]byte
	size int
}

const maxLogMemory = 16 << 20

// Keep remembers the whole log of a job.
func (m *LogMemory) Keep(j Job, log []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !j.State.Final() || len(log) > maxLogMemory {
		return
	}
	if m.logs == nil || m.size+len(log) > maxLogMemory {
		m.logs, m.size = map[string][]byte{}, 0
	}
	m.size += len(log) - len(m.logs[logKey(j)])
	m.logs[logKey(j)] = log
}

// Recall gives the log of a job to a Watch, if it is there.
func (m *LogMemory) Recall(ctx context.Context, j Job) (log []byte, ok bool) {
	if watchOf(ctx) == nil || !j.State.Final() {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	log, ok = m.logs[logKey(j)]
	return log, ok
}

// logKey tells attempts apart: a job may keep its number when it begins anew.
func logKey(j Job) string { return j.ID + " " + j.Started.String() + j.Ended.String() }
