package keyring

import "io"

// sealed is the net of this process. It knows every value that was ever sealed
// here, so that nobody who opens a source of secrets has to think of telling it;
// that is why it is one for the whole process, and why a value stays in it after
// its box is gone: what was read once may turn up in any text that comes later.
var sealed Redactor

// Hide gives a text without what is secret in it: every value that was sealed in
// this process, in the forms it can take, and what looks like a token. Values
// shorter than 8 bytes are not looked for, nor is what Beware takes for a word. It
// knows nothing of the text's form: a value that is the key of an object in JSON is
// hidden there too.
func Hide(text string) string { return sealed.Text(text) }

// Hiding puts the net under a writer, as Redactor.Writer does.
func Hiding(w io.Writer) io.WriteCloser { return sealed.Writer(w) }
