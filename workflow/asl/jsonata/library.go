package jsonata

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/dop251/goja"
)

//go:embed vendor/jsonata-2.2.2/jsonata.js
var librarySource string

//go:embed prelude.js
var preludeSource string

// change is a change of the library's text, which has to occur exactly once.
type change struct{ from, to string }

// changes make the library countable. "limits" is an object of prelude.js.
var changes = []change{
	// One call instead of two look-ups through all frames.
	{`        environment.base.depth++;
        environment.base.guardrails();
        var entryCallback = environment.lookup(Symbol.for('jsonata.__evaluate_entry'));
        if(entryCallback) {
            entryCallback(expr, input, environment);
        }
`, `        if(++limits.depth > limits.maxDepth) limits.deep();
        if(++limits.steps > limits.maxSteps) limits.late();
`},
	{`        var exitCallback = environment.lookup(Symbol.for('jsonata.__evaluate_exit'));
        if(exitCallback) {
            exitCallback(expr, input, environment, result);
        }
`, `        if(typeof result === 'string' ? result.length > limits.maxBytes : typeof result === 'object' && Array.isArray(result) && result.length > limits.maxItems) limits.large();
`},
	{`        environment.base.depth--;
`, `        limits.depth--;
`},
	// The same for half the work: these are done for every node.
	{`        if (Object.prototype.hasOwnProperty.call(expr, 'predicate')) {`, `        if (expr.predicate !== undefined) {`},
	{`        if (expr.type !== 'path' && Object.prototype.hasOwnProperty.call(expr, 'group')) {`, `        if (expr.group !== undefined && expr.type !== 'path') {`},
	{`                exec_env.createSequence = function() {
                    var sequence = [];
                    if (options && options.sequence) {
                        sequence.push = function(...items) {
                            if(sequence.length + items.length > options.sequence) {
                                throw {
                                    code: "D2015",
                                    stack: (new Error()).stack,
                                    value: options.sequence
                                };
                            }
                            return Array.prototype.push.apply(sequence, items);
                        };
                    }
                    sequence.sequence = true;
                    if (arguments.length === 1) {
                        sequence.push(arguments[0]);
                    }
                    return sequence;
                }
`, `                exec_env.createSequence = function(...sequence) {
                    sequence.sequence = true;
                    return sequence;
                };
`},
	// A frame for each call and block, without closures, and nobody who asks to be told of it.
	{`    function createFrame(enclosingEnvironment) {
        var bindings = Object.create(null);
        const newFrame = {
            bind: function (name, value) {
                bindings[name] = value;
            },
            lookup: function (name) {
                var value;
                if(Object.prototype.hasOwnProperty.call(bindings, name)) {
                    value = bindings[name];
                } else if (enclosingEnvironment) {
                    value = enclosingEnvironment.lookup(name);
                }
                return value;
            },
            timestamp: enclosingEnvironment ? enclosingEnvironment.timestamp : null,
            async: enclosingEnvironment ? enclosingEnvironment.async : false,
            isParallelCall: enclosingEnvironment ? enclosingEnvironment.isParallelCall : false,
            global: enclosingEnvironment ? enclosingEnvironment.global : {
                ancestry: [ null ]
            }
        };

        if (enclosingEnvironment) {
            var framePushCallback = enclosingEnvironment.lookup(Symbol.for('jsonata.__createFrame_push'));
            if(framePushCallback) {
                framePushCallback(enclosingEnvironment, newFrame);
            }
            newFrame.base = enclosingEnvironment.base;
        }
       

        return newFrame
    }
`, `    function createFrame(enclosingEnvironment) {
        return new limits.Frame(enclosingEnvironment);
    }
`},
	{`        var focus = {
            createSequence: environment.base.createSequence
        };
        return fn.lookup.call(focus, input, expr.value);`, `        return fn.lookup.call(environment.base, input, expr.value);`},
	// What allocates at a stroke is asked for its size before.
	{`        if(size > 1e7) {`, `        if(size > limits.maxItems) limits.large();
        if(size > 1e7) {`},
	{`            var padding = (new Array(padLength + 1)).join(char);
            if (char.length > 1) {`, `            if (padLength * char.length > limits.maxBytes) limits.large();
            var padding = char.repeat(padLength);
            if (char.length > 1) {`},
	{`        return strs.join(separator);`, `        limits.joined(strs, separator);
        return strs.join(separator);`},
	{`        const size = arg1.length + arg2.length;
`, `        const size = arg1.length + arg2.length;
        if(size > limits.maxItems) limits.large();
`},
	{`                result = str.split(separator, limit);`, `                result = str.split(separator, limits.pieces(limit));`},
	{`            str = JSON.stringify(arg, function (key, val) {`, `            limits.weigh(arg);
            str = JSON.stringify(arg, function (key, val) {`},
	{`                return JSON.stringify(err[arguments[1]]);`, `                return limits.told(err[arguments[1]]);`},
	{`            results.push(input);
        }
        if (Array.isArray(input)) {`, `            if(results.length >= limits.maxItems) limits.large();
            results.push(input);
        }
        if (Array.isArray(input)) {`},
	{`                    Array.prototype.forEach.call(res, val => resultSequence.push(val));`, `                    if(resultSequence.length + res.length > limits.maxItems) limits.large();
                    Array.prototype.forEach.call(res, val => resultSequence.push(val));`},
	// What goes through values without evaluating anything counts as well.
	{`    function isDeepEqual(lhs, rhs) {
`, `    function isDeepEqual(lhs, rhs) {
        if(++limits.steps > limits.maxSteps) limits.late();
`},
	{`        // this is the equivalent of //* in XPath
`, `        // this is the equivalent of //* in XPath
        if(++limits.steps > limits.maxSteps) limits.late();
`},
	// An empty array of the data is not to be written into.
	{`            input.push(undefined);`, `            input = [undefined];`},
	// Replacing takes time in proportion to the text, not to its square.
	{`                    result += str.substring(position, index);
                    result += replacement;
`, `                    pieces.add(str.substring(position, index));
                    pieces.add(replacement);
`},
	{`                result += str.substring(position);
            } else {
                var matches = evaluateMatcher(pattern, str);`, `                pieces.add(str.substring(position));
                result = pieces.text();
            } else {
                var matches = evaluateMatcher(pattern, str);`},
	{`                        result += str.substring(position, matches.start);
`, `                        pieces.add(str.substring(position, matches.start));
`},
	{`                            result += replacedWith;
`, `                            pieces.add(replacedWith);
`},
	{`                    result += str.substring(position);
                } else {
                    result = str;`, `                    pieces.add(str.substring(position));
                    result = pieces.text();
                } else {
                    result = str;`},
	{`            replacer = replacement;
        }

        var result = '';
`, `            replacer = replacement;
        }

        var result = '';
        var pieces = limits.collect();
`},
	// So does sorting, but for its logarithm, and without recursion.
	{`            merge_iter(merged, l, r);
`, `            var li = 0, ri = 0;
            while (li < l.length && ri < r.length) {
                merged.push(comp(l[li], r[ri]) ? r[ri++] : l[li++]);
            }
            while (li < l.length) merged.push(l[li++]);
            while (ri < r.length) merged.push(r[ri++]);
`},
	// The service's functions; it has no $eval, and a $random of its own.
	{`    staticFrame.bind('eval', defineFunction(functionEval, '<sx?:x>'));
`, `    limits.extend(function(name, implementation, signature) {
        staticFrame.bind(name, defineFunction(implementation, signature));
    });
    staticFrame.bind('now', defineFunction((picture, timezone) => datetime.fromMillis(Date.now(), picture, timezone), '<s?s?:s>'));
    staticFrame.bind('millis', defineFunction(() => Date.now(), '<:n>'));
`},
	// The clock stands still during an evaluation, so these need not be made for each expression.
	{`        environment.bind('now', defineFunction(function(picture, timezone) {
            return datetime.fromMillis(timestamp.getTime(), picture, timezone);
        }, '<s?s?:s>'));
        environment.bind('millis', defineFunction(function() {
            return timestamp.getTime();
        }, '<:n>'));
`, ``},
	{`    staticFrame.bind('random', defineFunction(fn.random, '<:n>'));
`, ``},
	// Version 2.0.6, which is the service's, has no ?: and ??.
	{`if (currentChar === '?' && path.charAt(position + 1) === ':') {`, `if (false) {`},
	{`if (currentChar === '?' && path.charAt(position + 1) === '?') {`, `if (false) {`},
}

// The library awaits what it calls, for functions that its users may add. There are
// none here that wait for anything, and promises would cost most of the time.
var (
	asynchronous = regexp.MustCompile(`\basync (function\b|\()`)
	awaiting     = regexp.MustCompile(`\bawait `)
)

// adapted is the library's text with all changes.
func adapted(source string) (string, error) {
	source = asynchronous.ReplaceAllString(source, "$1")
	source = awaiting.ReplaceAllString(source, "")
	source = strings.ReplaceAll(source, "Promise.all(", "(")
	for _, c := range changes {
		if n := strings.Count(source, c.from); n != 1 {
			return "", fmt.Errorf("jsonata: %d places in the library instead of one for the change of %q", n, c.from)
		}
		source = strings.Replace(source, c.from, c.to, 1)
	}
	return source, nil
}

// programs are the library and the prelude, compiled once for all interpreters.
var programs = sync.OnceValue(func() (p struct{ library, prelude *goja.Program }) {
	source, err := adapted(librarySource)
	if err != nil {
		panic(err)
	}
	p.library = goja.MustCompile("jsonata.js",
		"(function (limits, global) { var module = {exports: {}}, exports = module.exports;\n"+source+"\nreturn module.exports; })", false)
	p.prelude = goja.MustCompile("prelude.js", preludeSource, true)
	return p
})
