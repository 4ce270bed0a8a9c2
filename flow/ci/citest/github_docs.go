package citest

import (
	"maps"
	"strconv"
)

// The parts that GitHub repeats in most of its documents. Whoever reads them needs
// few of their fields; the description of the API says that all of them are there.

// api is where the documents say that the API is.
const api = "https://api.github.com"

// user is a person as other documents mention one.
func user(login string) doc {
	out := doc{"login": login, "id": 7, "node_id": "U_7", "type": "User", "site_admin": false, "gravatar_id": ""}
	for _, field := range []string{"avatar", "events", "followers", "following", "gists", "organizations", "received_events", "repos", "starred", "subscriptions"} {
		out[field+"_url"] = api + "/users/" + login + "/" + field
	}
	out["url"], out["html_url"] = api+"/users/"+login, "https://github.com/"+login
	return out
}

// links are the addresses below a repository that every mention of it has.
var links = []string{
	"archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare", "contents", "contributors", "deployments", "downloads",
	"events", "forks", "git_commits", "git_refs", "git_tags", "hooks", "issue_comment", "issue_events", "issues", "keys", "labels", "languages", "merges",
	"milestones", "notifications", "pulls", "releases", "stargazers", "statuses", "subscribers", "subscription", "tags", "teams", "trees",
}

// mention is a repository as other documents mention one.
func mention(owner, name string, private bool) doc {
	slug := owner + "/" + name
	out := doc{
		"id": 1296269, "node_id": "R_1", "name": name, "full_name": slug, "owner": user(owner), "private": private, "fork": false, "description": nil,
		"url": api + "/repos/" + slug, "html_url": "https://github.com/" + slug,
	}
	for _, field := range links {
		out[field+"_url"] = api + "/repos/" + slug + "/" + field
	}
	return out
}

// whole adds what only the document of a repository itself has.
func whole(d doc) doc {
	more := doc{
		"git_url": "git://github.com/x.git", "svn_url": "https://github.com/x", "mirror_url": nil, "homepage": nil, "language": "Python", "license": nil,
		"has_issues": true, "has_projects": true, "has_wiki": true, "has_pages": false, "has_discussions": false, "has_downloads": true, "archived": false, "disabled": false,
		"pushed_at": moment(someday), "created_at": moment(someday), "updated_at": moment(someday), "default_branch": "main",
	}
	maps.Copy(d, more)
	for _, field := range []string{"forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count", "watchers", "watchers_count", "network_count", "subscribers_count"} {
		d[field] = 1
	}
	return d
}

// app is what a check comes from.
func app(slug, name string) doc {
	return doc{
		"id": 15368, "slug": slug, "node_id": "A_1", "owner": user(slug), "name": name, "description": nil, "external_url": "https://example.test", "events": []string{},
		"html_url": "https://github.com/apps/" + slug, "created_at": moment(someday), "updated_at": moment(someday), "permissions": doc{"checks": "write"},
	}
}

// below adds what the document of a run says of where other things are.
func (g githubAPI) below(b *build, d doc) doc {
	at := api + "/repos/" + g.s.o.Slug + "/actions/runs/" + strconv.FormatInt(b.id, 10)
	for _, field := range []string{"jobs", "logs", "cancel", "rerun", "artifacts"} {
		d[field+"_url"] = at + "/" + field
	}
	d["url"], d["check_suite_url"], d["workflow_url"] = at, api+"/check-suites/1", api+"/workflows/1"
	d["node_id"], d["workflow_id"], d["pull_requests"], d["display_title"] = "WFR_1", 1, []doc{}, "a commit"
	d["head_commit"] = doc{"id": b.sha, "tree_id": b.sha, "message": "a commit", "timestamp": moment(someday), "author": doc{"name": "Dana", "email": "dana@example.test"}, "committer": nil}
	d["repository"], d["head_repository"] = g.mention(), g.mention()
	return d
}

func (g githubAPI) mention() doc {
	owner, name := g.s.names()
	return mention(owner, name, !g.s.o.Token.IsZero())
}

// jobPlace adds what the document of a job says of its surroundings.
func (g githubAPI) jobPlace(b *build, j *job, d doc) doc {
	at := api + "/repos/" + g.s.o.Slug
	id := strconv.FormatInt(j.id, 10)
	d["node_id"], d["url"], d["check_run_url"] = "CR_1", at+"/actions/jobs/"+id, at+"/check-runs/"+id
	d["run_url"] = at + "/actions/runs/" + strconv.FormatInt(b.id, 10)
	d["workflow_name"], d["head_branch"], d["labels"] = b.name, shortName(b.ref), []string{"ubuntu-latest"}
	d["runner_id"], d["runner_name"], d["runner_group_id"], d["runner_group_name"] = 1, "GitHub Actions 1", 0, "GitHub Actions"
	return d
}
