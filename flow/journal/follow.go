package journal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// Follow gives the records of a file as they are written, from its beginning on, until
// ctx ends or take fails. It looks once every interval. Half a line is waited for; a
// damaged one is left out. A file that is not there yet may still come, and one that
// was begun anew is read anew.
func Follow(ctx context.Context, path string, every time.Duration, take func(Record) error) error {
	t := time.NewTicker(every)
	defer t.Stop()
	for f := (follower{path: path}); ; {
		if err := f.look(take); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.C:
		}
	}
}

type follower struct {
	path string
	at   int64 // behind the last whole line
}

// look takes what is new.
func (f *follower) look(take func(Record) error) error {
	text, err := f.fresh()
	end := bytes.LastIndexByte(text, '\n') + 1
	if err != nil || end == 0 {
		return err
	}
	f.at += int64(end)
	records, _ := parse(text[:end])
	for _, r := range records {
		if err := take(r); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) fresh() ([]byte, error) {
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.at = 0
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New(f.path + ": not a regular file")
	case info.Size() < f.at:
		f.at = 0
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.NewSectionReader(file, f.at, maxSize))
}
