package rules_test

import "testing"

// TestTravisConditions goes through what a condition of Travis may ask.
func TestTravisConditions(t *testing.T) {
	t.Parallel()
	const deploy = "\ndeploy: {provider: pypi, on: {all_branches: true}}\n"
	job, open := []string{"it"}, []string{"?it"}
	var cases []jobsCase
	for cond, want := range map[string][]string{
		"type = push":                         job,
		"type IN (api, cron)":                 nil,
		"tag IS blank":                        job,
		"tag IS NOT blank":                    nil,
		"tag = ''":                            nil,
		"fork = false":                        job,
		"env(A) = 1":                          job,
		"env(A) != 1":                         nil,
		"env(B) = \"two words\"":              job,
		"env(T) = TRUE":                       job,
		"env(T) IS true":                      job,
		"env(T) IS false":                     nil,
		"env(T)":                              job,
		"env(A) =~ /^[0-9]$/":                 job,
		"env(A) =~ /(?<=a)b/":                 open,
		"env(S) = 1":                          open,
		"env(A) = env(A)":                     job,
		"concat(a, env(A)) = a1":              job,
		"concat(a, env(S)) = a1":              open,
		"branch = concat(rel, ease)":          job,
		"language = python AND os = linux":    job,
		"dist = focal":                        job,
		"dist != focal":                       nil,
		"sender = me OR branch = release":     job,
		"sender = me AND branch = other":      nil,
		"NOT (branch = release)":              nil,
		"branch =~ ^rel && !(type = api)":     job,
		"branch NOT IN (main, master)":        job,
		"repo IN (o/r, them/r)":               job,
		"repo =~ ^o/":                         job,
		"commit_message =~ change":            job,
		"true":                                job,
		"false":                               nil,
		"$A = 1":                              open,
		"branch = ":                           open,
		"env(A = 1":                           open,
		"branch IS somewhere":                 open,
		"head_branch = x":                     open,
		"env(X) = 1":                          open,
		"env(concat(A)) IS present":           job,
		"env(env(N)) = 1":                     job,
		"(tag =~ ^v) OR (branch = release)":   job,
		"branch ~= ^release$":                 job,
		"branch !~ ^release$":                 nil,
		"branch = 'release' AND NOT fork = 1": job,
	} {
		src := "language: python\ndist: focal\nenv: {global: [A=1, \"B='two words'\", T=true, N=A, {S: {secure: x}}]}\njobs: {include: [{name: it, if: '" + quoted(cond) + "'}]}" + deploy
		cases = append(cases, jobsCase{cond, src, "branch:release", want})
	}
	runJobs(t, cases)
}

// TestTravisVariables goes through what Travis tells a job.
func TestTravisVariables(t *testing.T) {
	t.Parallel()
	job, open := []string{"it"}, []string{"?it"}
	var cases []jobsCase
	for cond, want := range map[string][]string{
		"$TRAVIS = true && $CI = true":             job,
		"$TRAVIS_BRANCH = release":                 job,
		"-z $TRAVIS_TAG":                           job,
		"$TRAVIS_EVENT_TYPE = push":                job,
		"$TRAVIS_PULL_REQUEST = false":             job,
		"$TRAVIS_REPO_SLUG = o/r":                  job,
		`$TRAVIS_COMMIT_MESSAGE = "a change"`:      job,
		"$TRAVIS_OS_NAME = linux":                  job,
		"$TRAVIS_CPU_ARCH = amd64":                 job,
		"$TRAVIS_DIST = jammy":                     job,
		"$TRAVIS_LANGUAGE = python":                job,
		"$TRAVIS_JOB_NAME = it":                    job,
		"$TRAVIS_ALLOW_FAILURE = true":             nil,
		"$TRAVIS_TEST_RESULT -eq 0":                job,
		"$TRAVIS_TEST_RESULT -ne 0":                nil,
		"$TRAVIS_PYTHON_VERSION = 3.10":            job,
		"-n $TRAVIS_NODE_VERSION":                  nil,
		"$TRAVIS_BUILD_NUMBER -ge 1":               open,
		"$TRAVIS_BRANCH < z":                       open,
		"-f setup.py":                              open,
		"$TRAVIS_BRANCH = @(release|main)":         open,
		"$TRAVIS_BRANCH = [[:alpha:]]*":            open,
		"${TRAVIS_BRANCH} = release":               job,
		"${TRAVIS_BRANCH%x} = release":             open,
		"$TRAVIS_BRANCH =~ ^(release|main)$":       job,
		"$TRAVIS_BRANCH =~ ^rel[[:alpha:]]+$":      job,
		"$TRAVIS_BRANCH =~ (":                      open,
		"$TRAVIS_BRANCH = release && ($CI = true)": job,
	} {
		src := "language: python\ndist: jammy\njobs: {include: [{name: it}]}\ndeploy:\n  provider: pypi\n  on: {all_branches: true, condition: '" + quoted(cond) + "'}\n"
		cases = append(cases, jobsCase{cond, src, "branch:release", want})
	}
	runJobs(t, cases)
}

// TestTravisRules goes through the keys of jobs.exclude.
func TestTravisRules(t *testing.T) {
	t.Parallel()
	const jobs = "env: [A=1, A=2]\nos: linux\njobs:\n  include:\n  - {name: it, stage: last, dist: focal, env: [B=1, C=2]}\n  exclude:\n  - {"
	const deploy = "}\ndeploy: {provider: pypi, on: {tags: true}}\n"
	matrix := []string{"os linux, A=1", "os linux, A=2"}
	all := append(append([]string{}, matrix...), "it")
	runJobs(t, []jobsCase{
		{"by stage", jobs + "stage: last" + deploy, "tag:v1", matrix},
		{"by the stage of the matrix", jobs + "stage: Test" + deploy, "tag:v1", []string{"it"}},
		{"by another stage", jobs + "stage: first" + deploy, "tag:v1", all},
		{"by name", jobs + "name: it" + deploy, "tag:v1", matrix},
		{"by distribution", jobs + "dist: focal" + deploy, "tag:v1", matrix},
		{"by system, in its other name", jobs + "os: ubuntu" + deploy, "tag:v1", nil},
		{"by all variables", jobs + "env: [B=1, C=2]" + deploy, "tag:v1", matrix},
		{"by some of the variables", jobs + "env: B=1" + deploy, "tag:v1", all},
		{"by a version that no job has", jobs + "python: 3.12" + deploy, "tag:v1", all},
	})
}
