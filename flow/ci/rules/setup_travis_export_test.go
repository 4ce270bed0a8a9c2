package rules

// EditTravis changes a text as SetUpTravis does, whatever its jobs then do.
var EditTravis = editTravis
