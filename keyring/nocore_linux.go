package keyring

import "syscall"

// prSetDumpable is PR_SET_DUMPABLE.
const prSetDumpable = 4

// NoCore keeps the memory of this process, and the secrets in it, out of core
// files and from other processes of the same user. It is best effort: a system
// that refuses is no reason to stop.
func NoCore() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetDumpable, 0, 0)
}
