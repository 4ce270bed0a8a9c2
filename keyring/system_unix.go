//go:build !darwin && !windows

package keyring

func system(env func(string) string) vault { return serviceVault{env} }
