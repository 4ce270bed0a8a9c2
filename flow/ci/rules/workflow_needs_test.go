package rules_test

import "testing"

// needing is a job `a` that publishes after others.
func needing(more, others string) string {
	return "on: push\njobs:\n" + others + "  a:\n    " + more + "\n    steps:\n    - run: twine upload dist/*\n"
}

const tagged = "    if: github.ref_type == 'tag'\n"

const (
	one = "  b:\n" + tagged + "    steps: []\n"
	two = one + "  c:\n    needs: b\n    if: always()\n    steps: []\n"
)

var needsCases = []predictCase{
	{name: "a skipped need", src: needing("needs: [b]", one), want: map[string]string{"tag v1": "a", "branch main": ""}, says: "needs b, which is skipped: if: github.ref_type == 'tag' does not hold"},
	{name: "always", src: needing("needs: b\n    if: always()", one), want: map[string]string{"branch main": "a"}},
	{name: "not cancelled", src: needing("needs: b\n    if: '!cancelled()'", one), want: map[string]string{"branch main": "a"}},
	{name: "success is said", src: needing("needs: b\n    if: success()", one), want: map[string]string{"branch main": "", "tag v1": "a"}},
	{name: "a result", src: needing("needs: b\n    if: always() && needs.b.result == 'success'", one), want: map[string]string{"branch main": "", "tag v1": "a"}},
	{name: "all results", src: needing("needs: b\n    if: always() && !contains(needs.*.result, 'failure')", one), want: map[string]string{"branch main": "a", "tag v1": "a"}},
	{name: "a skip goes through a job that ran", src: needing("needs: c", two), want: map[string]string{"branch main": "", "tag v1": "a"}, says: "needs b"},
	{name: "results by way of others", src: needing("needs: c\n    if: always() && contains(needs.*.result, 'skipped')", two), want: map[string]string{"branch main": "a?", "tag v1": ""}},
	{name: "a need that is not certain", src: needing("needs: b", "  b:\n    if: vars.X\n    steps: []\n"), want: map[string]string{"branch main": "a?"}, says: "may be skipped"},
	{name: "an output of a need", src: needing("needs: b\n    if: needs.b.outputs.go == 'true'", "  b: {steps: []}\n"), want: map[string]string{"branch main": "a?"}, says: "needs.b.outputs.go"},
	{name: "a need that is not there", src: needing("needs: nobody", ""), want: map[string]string{"branch main": ""}, says: "nobody, which is not there"},
	{name: "a circle", src: needing("needs: b", "  b: {needs: a, steps: []}\n"), want: map[string]string{"branch main": ""}, says: "needs itself"},
}

func matrixJob(matrix, more string) string {
	return "on: push\njobs:\n  a:\n    strategy:\n      matrix: " + matrix + "\n    steps:\n    - run: twine upload dist/*\n" + more
}

var matrixCases = []predictCase{
	{name: "a product", src: matrixJob("{os: [l, w], py: ['3.9', 3.10]}", ""), want: map[string]string{"branch x": "a (l, 3.9), a (l, 3.1), a (w, 3.9), a (w, 3.1)"}},
	{name: "a condition chooses", src: matrixJob("{py: ['3.9', '3.12']}", "      if: matrix.py == '3.12'\n"), want: map[string]string{"branch x": "a (3.12)"}},
	{name: "an exclusion", src: matrixJob("{os: [l, w], py: [1, 2], exclude: [{os: w, py: 1}, {os: l}]}", ""), want: map[string]string{"branch x": "a (w, 2)"}},
	{
		name: "inclusions, as documented", src: matrixJob("{fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat}, {fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}", ""),
		want: map[string]string{"branch x": "a (apple, cat, pink, circle), a (apple, dog, green, circle), a (pear, cat, pink), a (pear, dog, green), a (banana), a (banana, cat)"},
	},
	{name: "inclusions alone", src: matrixJob("{include: [{a: 1}, {a: 2, b: {c: d}}]}", ""), want: map[string]string{"branch x": "a (1), a (2, d)"}},
	{name: "a matrix that a job makes", src: matrixJob("${{ fromJSON(needs.b.outputs.m) }}", ""), want: map[string]string{"branch x": "a?"}, says: "how many jobs"},
	{name: "an axis that a job makes", src: matrixJob("{py: '${{ fromJSON(needs.b.outputs.m) }}'}", ""), want: map[string]string{"branch x": "a (fromJSON(needs.b.outputs.m))?"}},
	{name: "JSON in the file", src: matrixJob("{py: '${{ fromJSON(''[1, 2]'') }}'}", ""), want: map[string]string{"branch x": "a (1), a (2)"}},
	{name: "an inclusion that a job makes", src: matrixJob("{py: [1, 2], include: [{py: '${{ vars.P }}', x: 1}]}", ""), want: map[string]string{"branch x": "a (1)?, a (2)?, a (vars.P, 1)?"}, says: "depends on vars.P"},
	{name: "many of which few are left", src: matrixJob("{a: [1,2,3,4,5,6,7,8], b: [1,2,3,4,5,6,7,8], c: [1,2,3,4,5], exclude: [{a: 1}, {a: 2}, {a: 3}, {a: 4}, {a: 5}, {a: 6}, {a: 7}, {c: 1}, {c: 2}, {c: 3}, {c: 4}, {b: 2}, {b: 3}, {b: 4}, {b: 5}, {b: 6}, {b: 7}, {b: 8}]}", ""), want: map[string]string{"branch x": "a (8, 1, 5)"}},
	{name: "too many", src: matrixJob("{a: [1,2,3,4,5,6,7,8], b: [1,2,3,4,5,6,7,8], c: [1,2,3,4,5]}", ""), want: map[string]string{"branch x": ""}, says: "more than 256"},
	{name: "a name of its own", src: "on: push\njobs:\n  a:\n    name: to ${{ matrix.i }}\n    strategy: {matrix: {i: [pypi, testpypi]}}\n    steps:\n    - {run: twine upload -r x d/*, if: matrix.i == 'pypi'}\n", want: map[string]string{"branch x": "to pypi"}, says: "called x"},
}

func TestPredictNeeds(t *testing.T)  { runAll(t, needsCases) }
func TestPredictMatrix(t *testing.T) { runAll(t, matrixCases) }
