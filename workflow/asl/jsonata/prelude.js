// Loads the library and gives it what changes in library.go refer to: limits, and the
// functions that the service adds. Runs once in each interpreter.
(function (library, natives) {
    // Frame is a set of bindings within another one.
    class Frame {
        constructor(enclosing) {
            this.bindings = Object.create(null);
            this.enclosing = enclosing;
            if (enclosing) {
                this.base = enclosing.base;
                this.timestamp = enclosing.timestamp;
            }
        }
        bind(name, value) {
            this.bindings[name] = value;
        }
        lookup(name) {
            for (let frame = this; frame; frame = frame.enclosing) {
                if (name in frame.bindings) return frame.bindings[name];
            }
        }
    }

    const limits = {
        Frame,
        maxDepth: 100,
        maxBytes: 6990256,
        maxItems: 873782,
        maxRange: 360145,
        maxSteps: natives.maxSteps,
        depth: 0,
        steps: 0,

        deep() {
            throw {message: "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"};
        },
        late() {
            throw {message: "Expression evaluation timeout: Check for infinite loop"};
        },
        large() {
            throw {message: "Expression evaluation memory limit exceeded: Check for excessive memory usage"};
        },

        // joined refuses strings that would become too long together.
        joined(strings, separator) {
            let size = separator.length * strings.length;
            for (let i = 0; i < strings.length && size <= limits.maxBytes; i++) size += strings[i].length;
            if (size > limits.maxBytes) limits.large();
        },

        // pieces is how many parts of a string are worth making: one more than there may be.
        pieces(limit) {
            return limit === undefined || limit > limits.maxItems ? limits.maxItems + 1 : limit;
        },

        // collect builds a string from parts.
        collect() {
            const parts = [];
            let size = 0;
            return {
                add(part) {
                    if ((size += part.length) > limits.maxBytes || parts.length > limits.maxItems) limits.large();
                    parts.push(part);
                },
                text: () => parts.join(''),
            };
        },

        // weigh refuses values whose text would be too long. A part that stands in
        // several places counts in each of them, and a circle goes on until it is too deep.
        weigh(value) {
            if (typeof value === 'object' && !natives.light(value)) limits.large();
        },

        // told is a value as messages spell it.
        told(value) {
            if (value === undefined) return undefined;
            limits.weigh(value);
            return JSON.stringify(value);
        },

        extend(define) {
            define('partition', partition, '<xn?:a>');
            define('range', range, '<nnn?:a>');
            define('hash', hash, '<ss?:s>');
            define('random', (seed) => seed === undefined ? natives.random() : natives.seeded(Math.trunc(seed)), '<n?:n>');
            define('uuid', () => natives.uuid(), '<:s>');
            define('parse', parse, '<s-:x>');
        },
    };

    function partition(array, size) {
        if (array === undefined) return undefined;
        if (!Array.isArray(array)) throw {code: "T0412", token: "partition", index: 1, type: "values"};
        const step = size === undefined ? array.length : Math.trunc(size);
        if (step < 0) throw {code: "D3137", message: "Second argument must be zero or greater"};
        if (array.length === 0 || step === 0) return undefined;
        const parts = [];
        for (let i = 0; i < array.length; i += step) parts.push(array.slice(i, i + step));
        return parts;
    }

    function range(first, last, step) {
        if (first === undefined || last === undefined || step === undefined) return undefined;
        first = Math.trunc(first), last = Math.trunc(last), step = Math.trunc(step);
        const count = Math.floor((last - first) / step) + 1;
        if (step === 0 || !(count > 0)) return undefined;
        if (count > limits.maxRange) limits.large();
        if (count === 1) return first;
        const numbers = [];
        for (let i = 0; i < count; i++) numbers.push(first + i * step);
        return numbers;
    }

    function hash(text, algorithm) {
        if (text === undefined || algorithm === undefined) return undefined;
        const sum = natives.hash(text, algorithm);
        if (sum === null) throw {code: "D3137", message: "Invalid hash algorithm: " + algorithm};
        return sum;
    }

    function parse(text) {
        if (text === undefined) return undefined;
        const value = natives.parse(text);
        if (value === undefined) throw {code: "D3137", message: "Invalid JSON"};
        return value;
    }

    // The two conversions of $base64encode and $base64decode, by the names that they have in Node.
    const Buffer = {
        from: function (text, encoding) {
            return {toString: () => encoding === 'base64' ? natives.unbase64(text) : natives.base64(text)};
        },
    };

    const jsonata = library(limits, {Buffer});

    // facts says what an expression refers to.
    function facts(ast) {
        const found = {variables: [], states: [], context: [], bare: [], calls: [], root: false};
        const note = (list, name) => { if (!list.includes(name)) list.push(name); };

        // walk visits a node in the order of evaluation. local has the names that the
        // expression itself has bound; top says that the context is the expression's own.
        const walk = (node, local, top) => {
            if (node === null || typeof node !== 'object') return;
            switch (node.type) {
            case 'path':
                return path(node, local, top);
            case 'name':
                if (top) note(found.bare, node.value);
                break;
            case 'wildcard':
                if (top) note(found.bare, '*');
                break;
            case 'descendant':
                if (top) note(found.bare, '**');
                break;
            case 'variable':
                variable(node.value, [], local, top);
                break;
            case 'block': {
                const inner = new Set(local);
                node.expressions.forEach(each => walk(each, inner, top));
                break;
            }
            case 'bind':
                if (node.rhs.type === 'lambda') local.add(node.lhs.value);
                walk(node.rhs, local, top);
                local.add(node.lhs.value);
                break;
            case 'lambda': {
                const inner = new Set(local);
                node.arguments.forEach(each => inner.add(each.value));
                walk(node.body, inner, top);
                break;
            }
            case 'function':
            case 'partial':
                if (node.procedure.type === 'variable' && !local.has(node.procedure.value)) note(found.calls, node.procedure.value);
                walk(node.procedure, local, top);
                node.arguments.forEach(each => walk(each, local, top));
                break;
            case 'transform':
                [node.pattern, node.update, node.delete].forEach(each => walk(each, new Set(local), false));
                break;
            default:
                [node.condition, node.then, node.else, node.expression, node.lhs, node.rhs].forEach(each => {
                    if (Array.isArray(each)) each.forEach(pair => pair.forEach(part => walk(part, local, top)));
                    else walk(each, local, top);
                });
                (node.expressions || []).forEach(each => walk(each, local, top));
            }
            attached(node, local);
        };

        // attached visits what is evaluated for each item of a node's result.
        const attached = (node, local) => {
            for (const stage of [...(node.stages || []), ...(node.predicate || [])]) {
                if (stage.type === 'index') local.add(stage.value);
                else walk(stage.expr, local, false);
            }
            (node.terms || []).forEach(term => walk(term.expression, local, false));
            if (node.group) node.group.lhs.forEach(pair => pair.forEach(part => walk(part, local, false)));
        };

        const path = (node, local, top) => {
            local = new Set(local);
            node.steps.forEach((step, i) => {
                if (step.focus) local.add(step.focus);
                if (step.index) local.add(step.index);
                if (i === 0 && step.type === 'variable') {
                    variable(step.value, step.stages || step.predicate || step.group ? [] : node.steps.slice(1), local, top);
                    attached(step, local);
                } else {
                    walk(step, local, top && i === 0);
                }
            });
            attached(node, local);
        };

        // variable notes a variable that is followed by the given steps.
        const variable = (name, steps, local, top) => {
            if (name === '$') found.root = true;
            else if (name === '') { if (top) note(found.bare, '$'); }
            else if (local.has(name)) return;
            else if (name === 'states') {
                const names = [];
                for (const step of steps) {
                    if (step.type !== 'name') break;
                    names.push(step.value);
                    if (step.stages || step.predicate || step.group) break;
                }
                note(found.states, names.length > 0 ? names[0] : '');
                if (names.length === 0 || names[0] === 'context') found.context.push(names.slice(1, 3));
            }
            else note(found.variables, name);
        };

        walk(ast, new Set(), true);
        return found;
    }

    // quick is an expression as nested arrays, if it is made of nothing but what quick.go
    // knows; otherwise it throws.
    const operators = ['+', '-', '*', '/', '%', '=', '!=', '<', '<=', '>', '>=', '&', 'and', 'or'];
    const calls = ['not', 'exists', 'boolean', 'string', 'count'];
    const stop = () => { throw stop; };
    const bare = (node) => node.predicate || node.stages || node.group || node.tuple || node.keepArray ||
        node.keepSingletonArray || node.focus || node.index || node.consarray || node.ancestor ? stop() : node;

    function quick(node, depth) {
        bare(node);
        if (depth > 40) stop();
        const inner = (node) => quick(node, depth + 1);
        switch (node.type) {
        case 'string':
        case 'number':
        case 'value':
            return ['literal', node.value];
        case 'variable':
            return node.value === '' || node.value === '$' ? stop() : ['path', node.value];
        case 'path': {
            const [first, ...rest] = node.steps;
            return [...inner(first.type === 'variable' ? first : stop()), ...rest.map(step => bare(step).type === 'name' ? step.value : stop())];
        }
        case 'block':
            return node.expressions.length === 1 ? inner(node.expressions[0]) : stop();
        case 'condition':
            return ['if', inner(node.condition), inner(node.then), node.else ? inner(node.else) : ['nothing']];
        case 'binary':
            return operators.includes(node.value) ? [node.value, inner(node.lhs), inner(node.rhs)] : stop();
        case 'function':
            if (node.procedure.type !== 'variable' || !calls.includes(node.procedure.value) || node.arguments.length !== 1) stop();
            return ['call', bare(node.procedure).value, inner(node.arguments[0])];
        case 'unary':
            if (node.value === '-') return ['negative', inner(node.expression)];
            if (node.value === '[') return ['array', ...node.expressions.map(each => [each.value === '[', inner(each)])];
            if (node.value !== '{') stop();
            return ['object', ...node.lhs.map(([key, value]) => {
                // What looks like an index would come first.
                if (key.type !== 'string' || /^\d+$/.test(key.value) || key.value.startsWith('_')) stop();
                return [bare(key).value, inner(value)];
            })];
        }
        return stop();
    }

    return {
        parse: (text) => jsonata(text),
        facts(expression) {
            let form;
            try {
                form = quick(expression.ast(), 0);
            } catch (thrown) {
                if (thrown !== stop) throw thrown;
            }
            return JSON.stringify({refs: facts(expression.ast()), quick: form});
        },
        evaluate(expression, bindings) {
            limits.depth = limits.steps = 0;
            return expression.evaluate(undefined, bindings);
        },
    };
})
