package ci

import (
	"context"
	"io"
)

// WholeLog reads the log of a job that has ended, piece by piece.
func WholeLog(ctx context.Context, l Logger, job Job) io.Reader {
	return &wholeLog{ctx: ctx, l: l, job: job}
}

type wholeLog struct {
	ctx  context.Context
	l    Logger
	job  Job
	next int64
	rest []byte
	done bool
}

// Read gives what was read last, and asks for the next piece when that is used up.
func (w *wholeLog) Read(b []byte) (int, error) {
	for len(w.rest) == 0 {
		if w.done {
			return 0, io.EOF
		}
		chunk, err := w.l.Log(w.ctx, w.job, w.next)
		if err != nil {
			return 0, err
		}
		w.rest, w.next = chunk.Text, chunk.Next
		w.done = chunk.Complete || chunk.NotYet || len(chunk.Text) == 0
	}
	n := copy(b, w.rest)
	w.rest = w.rest[n:]
	return n, nil
}
