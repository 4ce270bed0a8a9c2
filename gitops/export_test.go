package gitops

import "context"

// ClockStands says whether the deadline of the operation that ctx belongs to
// stands still.
func ClockStands(ctx context.Context) bool {
	c, ok := ctx.Value(clockKey{}).(*clock)
	if !ok {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopped > 0
}
