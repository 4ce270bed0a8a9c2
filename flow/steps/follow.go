package steps

import (
	"bytes"
	"context"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
)

// tailEvery is how often a live log is asked for more.
const tailEvery = time.Second

// Follow streams one job's log from its beginning until it is complete.
func (s AwaitCI) Follow(ctx context.Context, jobID string, log flow.Log) error {
	builds, err := s.World.builds(ctx, s.Target.Ref, s.Target.Commit)
	if err != nil {
		return err
	}
	for _, b := range builds {
		for _, j := range b.Jobs {
			if l, ok := b.provider.(ci.Logger); ok && j.ID == jobID && b.SHA == s.Target.Commit {
				return tail(ctx, l, j, log)
			}
		}
	}
	return nil
}

func tail(ctx context.Context, l ci.Logger, j ci.Job, log flow.Log) error {
	var offset int64
	var rest []byte
	for {
		chunk, err := l.Log(ctx, j, offset)
		if err != nil {
			return err
		}
		rest = lines(append(rest, chunk.Text...), log)
		offset = chunk.Next
		if chunk.Complete {
			lines(append(rest, '\n'), log)
			return nil
		}
		select {
		case <-time.After(tailEvery):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// lines logs the whole lines and gives back what is left.
func lines(text []byte, log flow.Log) []byte {
	for {
		line, rest, ok := bytes.Cut(text, []byte("\n"))
		if !ok {
			return text
		}
		if shown, ok := ci.Unmarked(string(line)); ok {
			log(shown)
		}
		text = rest
	}
}
