package gitops_test

import (
	"net/http"
	"strings"
	"testing"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

// What hosts really write, over the side band of a declined push.
func TestRefusalsByTheirWords(t *testing.T) {
	for _, c := range []struct {
		kind gitops.Kind
		text string
	}{
		{gitops.KindProtected, "error: GH006: Protected branch update failed for refs/heads/pypi-release.\nerror: Changes must be made through a pull request."},
		{gitops.KindProtected, "GitLab: You are not allowed to push code to protected branches on this project."},
		{gitops.KindProtected, "GitLab: You are not allowed to create this tag as it is protected."},
		{gitops.KindProtected, "GitLab: You are not allowed to delete protected branches from this project. Only a project maintainer or owner can delete a protected branch."},
		{gitops.KindProtected, "Gitea: Not allowed to push to protected branch pypi-release"},
		{gitops.KindProtected, "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch."},
		{gitops.KindRuleset, "error: GH013: Repository rule violations found for refs/heads/pypi-release.\nReview all repository rules at https://github.com/o/r/rules?ref=refs%2Fheads%2Fpypi-release\n\n- Cannot create ref due to creations being restricted."},
		{gitops.KindRuleset, "error: GH013: Repository rule violations found for refs/heads/pypi-release.\n- GITHUB PUSH PROTECTION\n  Push cannot contain secrets"},
		{gitops.KindRuleset, "GitLab: Branch name 'pypi-release' does not follow the pattern '^feature/.*'"},
		{gitops.KindQuota, "error: GH001: Large files detected. You may want to try Git Large File Storage.\nerror: File x.bin is 120.00 MB; this exceeds GitHub's file size limit of 100.00 MB"},
		{gitops.KindQuota, "GitLab: Your push has been rejected, because this repository has exceeded its size limit of 10 GB by 512 MB."},
		{gitops.KindQuota, "fatal: write error: No space left on device"},
		{gitops.KindArchived, "This repository was archived so it is read-only."},
		{gitops.KindReadOnly, "GitLab: You are not allowed to push code to this project."},
		{gitops.KindReadOnly, "GitLab: This deploy key does not have write access to this project."},
		{gitops.KindReadOnly, "refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope"},
		{gitops.KindReadOnly, "Permission to o/r.git denied to deploy key"},
		{gitops.KindTwoFactor, "GitLab: Two-factor authentication must be enabled."},
		{gitops.KindSSO, "The `acme' organization has enabled or enforced SAML SSO."},
		{gitops.KindHook, "branches are for robots"},
		{gitops.KindHook, "pypi-release is not for you"},
	} {
		t.Run(c.text, func(t *testing.T) {
			w := newWorld(t, gittest.Options{})
			w.server.Faults(gittest.Decline(c.text))
			err := w.remote.Create(t.Context(), release, w.first, nil)
			var refused *gitops.RefusedError
			if !asType(err, &refused) || refused.Kind != c.kind {
				t.Fatalf("got %v %+v, want %q", err, refused, c.kind)
			}
			equal(t, "its words", strings.Join(refused.Text, "\n"), strings.ReplaceAll(c.text, "\n\n", "\n"))
		})
	}
}

// What hosts write instead of letting anybody in.
func TestLockedOutByTheirWords(t *testing.T) {
	for _, c := range []struct {
		status int
		kind   gitops.Kind
		text   string
	}{
		{403, gitops.KindSSO, "The `acme' organization has enabled or enforced SAML SSO. To access\nthis repository, you must re-authorize the OAuth Application `Git Credential Manager`."},
		{403, gitops.KindArchived, "This repository was archived so it is read-only."},
		{403, gitops.KindReadOnly, "Permission to o/r.git denied to ada."},
		{403, gitops.KindReadOnly, "Write access to repository not granted."},
		{401, gitops.KindTwoFactor, "Support for password authentication was removed on August 13, 2021."},
		{401, gitops.KindTwoFactor, "HTTP Basic: Access denied. The provided password or token is incorrect or your account has 2FA enabled and you must use a personal access token instead of a password."},
		{401, gitops.KindUnknown, "Invalid username or token."},
	} {
		w := newWorld(t, gittest.Options{})
		for _, phase := range []gittest.Phase{gittest.Prepare, gittest.Push} {
			w.server.Faults(gittest.Status(c.status, c.text).On(phase))
			err := w.remote.Create(t.Context(), release, w.first, nil)
			var auth *gitops.AuthError
			if !asType(err, &auth) || auth.Kind != c.kind || auth.Text != c.text {
				t.Errorf("%s: got %T %v %+v, want %q", c.text, err, err, auth, c.kind)
			}
		}
	}
	w := newWorld(t, gittest.Options{})
	w.server.Faults(gittest.Status(http.StatusRequestEntityTooLarge, "<html>nginx</html>"))
	var refused *gitops.RefusedError
	if err := w.remote.Create(t.Context(), release, w.first, nil); !asType(err, &refused) || refused.Kind != gitops.KindQuota || len(refused.Text) != 0 {
		t.Errorf("too large: %T %v", err, err)
	}
}
