package steps

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
)

// A live log is asked for more every second while it grows. The longer nothing
// comes the longer the pauses, up to the pace at which CI may be asked for hours.
const (
	tailEvery   = time.Second
	tailSlowest = 2 * time.Minute
)

// Follow streams one job's log from its beginning until it is complete, or until
// there is nothing to be had before the job ends. That a token is wanted for it is
// a *flow.Problem, which says how to give one.
func (s AwaitCI) Follow(ctx context.Context, jobID string, log flow.Log) error {
	builds, err := s.World.buildsOf(ctx, s.Target)
	if err != nil {
		return err
	}
	for _, b := range builds {
		for _, j := range b.Jobs {
			if l, ok := b.provider.(ci.Logger); ok && j.ID == jobID && b.SHA == s.Target.Commit {
				return logProblem(tail(ctx, l, j, log))
			}
		}
	}
	return nil
}

func tail(ctx context.Context, l ci.Logger, j ci.Job, log flow.Log) error {
	var offset int64
	var rest []byte
	grew, shown := time.Now(), &masked{job: j, log: log}
	for {
		chunk, err := l.Log(ctx, j, offset)
		if err != nil {
			return err
		}
		rest = shown.lines(append(rest, chunk.Text...))
		offset = chunk.Next
		if chunk.Complete || chunk.NotYet {
			if len(rest) > 0 {
				shown.lines(append(rest, '\n'))
			}
			return nil
		}
		if len(chunk.Text) > 0 {
			grew = time.Now()
		}
		select {
		case <-time.After(min(max(tailEvery, time.Since(grew)/2), tailSlowest)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// logProblem says how to come to a log that only a token shows.
func logProblem(err error) error {
	var token *ci.NeedsTokenError
	if !errors.As(err, &token) {
		return err
	}
	return &flow.Problem{Code: flow.CodeCIRefused, Class: flow.ClassCredentials, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("%s shows %s only to a token, and there is none", token.Provider, token.What),
		Now:  []string{"what the jobs do is seen without it; why one fails is not"}, Next: []string{"ferry auth login " + token.Provider}}
}

// masked shows a log without the secrets in it, and an alarm behind each.
type masked struct {
	mask ci.Masker
	job  ci.Job
	at   int
	log  flow.Log
}

// lines logs the whole lines, and gives back what is left.
func (m *masked) lines(text []byte) []byte {
	for {
		line, rest, ok := bytes.Cut(text, []byte("\n"))
		if !ok {
			return text
		}
		m.line(string(line))
		text = rest
	}
}

func (m *masked) line(raw string) {
	m.at++
	text, ok := ci.Unmarked(raw)
	if !ok {
		return
	}
	clean, kinds := m.mask.Line(text)
	m.log(clean)
	for _, kind := range kinds {
		a := ci.Alarm{Kind: kind, Job: jobName(m.job), Line: m.at}
		m.log(alarmText(a) + ": " + revoke(a))
	}
}
