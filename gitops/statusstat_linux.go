package gitops

import (
	"os"
	"syscall"
)

// lstat is os.Lstat without what costs most of its time: names and time.Time.
func lstat(path string) (meta, error) {
	var st syscall.Stat_t
	for {
		err := syscall.Lstat(path, &st)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return meta{}, &os.PathError{Op: "lstat", Path: path, Err: err}
		}
		return meta{unixMode(st.Mode), st.Size, true, stamp{
			uint32(st.Ctim.Sec), uint32(st.Ctim.Nsec), uint32(st.Mtim.Sec), uint32(st.Mtim.Nsec),
			uint32(st.Ino), st.Uid, st.Gid, uint32(st.Size),
		}}, nil
	}
}
