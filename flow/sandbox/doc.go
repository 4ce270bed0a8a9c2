// Package sandbox is one small world on loopback: a git remote, a CI that
// builds and uploads, and an index, each behind its real protocol. It is for
// people who want to try the program without an account, and for its tests.
//
// A Scenario says what the world is like and what has happened in it. Start
// makes it, in a folder of its own; Clone gives a checkout in it, Home a home
// for one maintainer. The program under trial is a child process that knows
// nothing but other addresses, from its user's configuration: killing it leaves
// the world as it is.
package sandbox
