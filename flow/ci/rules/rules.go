// Package rules is what the CI files of a commit say, by the rules of the
// services that read them: .travis.yml, .gitlab-ci.yml, and the
// workflows of GitHub and Gitea.
//
// Scan lists the Deploys: the jobs that publish, and the refs from which they
// do. Conditions are evaluated with three answers. What the files alone do not
// decide stays undecided and is told in the words of the file; it is never taken
// for yes or no.
//
// Nothing here asks anybody: the tree of a commit is the only thing read. Names
// and words come from those files and are given as they stand there.
package rules
