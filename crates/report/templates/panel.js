// The panel of a case file: the model at one person, moved by hand. All it knows is in #panel-data.
(() => {
  "use strict";
  const element = (id) => document.getElementById(id);
  const panel = JSON.parse(element("panel-data").textContent);
  const inputs = panel.inputs, rules = panel.rules || [];
  const start = inputs.map((input) => input.value);
  const held = start.slice();
  const place = new Map(inputs.map((input, i) => [input.column, i]));
  const fixed = new Map(panel.fixed || []);
  const valueOf = (column, values) => (place.has(column) ? values[place.get(column)] : fixed.get(column));
  const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

  // A number from columns; null where one is missing or a divisor is 0.
  const evaluate = (expression, values) => {
    if ("number" in expression) return expression.number;
    let value;
    if ("column" in expression) {
      value = valueOf(expression.column, values);
    } else {
      const [sign, sides] = expression.apply;
      const [a, b] = sides.map((side) => evaluate(side, values));
      if (a === null || b === null) return null;
      value = sign === "+" ? a + b : sign === "-" ? a - b : sign === "*" ? a * b : a / b;
    }
    return isNumber(value) ? value : null;
  };

  const holds = (test) => {
    const value = valueOf(test.column, held), to = test.value;
    // What is missing is not equal to anything, nor more, nor less.
    if (value === null || value === undefined) return test.compare === "!=";
    if (typeof value === "string") return (test.levels || []).includes(value);
    switch (test.compare) {
      case "=": return value === to;
      case "!=": return value !== to;
      case "<": return value < to;
      case "<=": return value <= to;
      case ">": return value > to;
      default: return value >= to;
    }
  };

  const hasMoved = (i) => held[i] !== start[i];
  const moved = () => inputs.map((_, i) => i).filter(hasMoved);
  const ownMoves = () => moved().filter((i) => !inputs[i].follows);

  const keeps = (rule) => {
    if (rule.imply) return !holds(rule.imply[0]) || holds(rule.imply[1]);
    if (rule.count) {
      const [least, most, tests] = rule.count;
      const n = tests.filter(holds).length;
      return n >= least && n <= most;
    }
    if (rule.changes) {
      const [most, of] = rule.changes;
      const counted = of.length ? moved().filter((i) => of.includes(inputs[i].column)) : ownMoves();
      return counted.length <= most;
    }
    return !rule.follows || evaluate(rule.follows[1], held) !== null;
  };

  const columnsIn = (expression) =>
    "column" in expression ? [expression.column] : "apply" in expression ? expression.apply[1].flatMap(columnsIn) : [];

  const columnsOf = (rule) => {
    if (rule.imply) return rule.imply.map((test) => test.column);
    if (rule.count) return rule.count[2].map((test) => test.column);
    if (rule.changes) return rule.changes[1];
    if (rule.follows) return [rule.follows[0], ...columnsIn(rule.follows[1])];
    return [rule.moves[0], rule.moves[2]];
  };

  // The columns that each rule binds, through other rules too: a rule that was broken from the
  // start, among columns that stay as they are, may stay so.
  const bound = rules.map((rule) => new Set(columnsOf(rule)));
  for (let grown = true; grown;) {
    grown = false;
    for (const one of bound) {
      for (const other of bound) {
        if (one !== other && [...other].some((c) => one.has(c))) {
          for (const column of other) {
            grown = grown || !one.has(column);
            one.add(column);
          }
        }
      }
    }
  }
  const isBroken = (rule, r) => {
    if (keeps(rule)) return false;
    const touched = ownMoves();
    return bound[r].size ? touched.some((i) => bound[r].has(inputs[i].column)) : touched.length > 0;
  };

  // Columns that follow others, until nothing moves.
  const followers = inputs.map((_, i) => i).filter((i) => inputs[i].follows);
  const follow = () => {
    for (const _ of followers) {
      for (const i of followers) {
        const column = inputs[i].column;
        let value = start[i];
        for (const rule of rules) {
          if (rule.follows && rule.follows[0] === column) {
            // A column that is not quite what its rule says stays so far off.
            const after = evaluate(rule.follows[1], held), before = evaluate(rule.follows[1], start);
            if (after !== null && before !== null) value = start[i] + (after - before);
          } else if (rule.moves && rule.moves[0] === column) {
            const after = valueOf(rule.moves[2], held), before = valueOf(rule.moves[2], start);
            if (isNumber(after) && isNumber(before)) value += rule.moves[1] * (after - before);
          }
        }
        // A column of whole numbers follows to the nearest of them.
        held[i] = inputs[i].whole && start[i] % 1 === 0 ? Math.floor(value + 0.5) : value;
      }
    }
  };

  const sum = (first, part) => inputs.reduce((sum, input, i) => sum + part(input, held[i]), first);
  const levelOf = (input, value) => input.levels.findIndex((level) => level[0] === value);
  // How many bins begin at or below a number.
  const binOf = (input, value) => input.steps.filter((step) => step[0] <= value).length;
  const score = () => sum(panel.base, (input, value) => {
    if (input.levels) return (input.levels[levelOf(input, value)] || [0, 0])[1];
    if (input.steps) return isNumber(value) && binOf(input, value) ? input.steps[binOf(input, value) - 1][1] : 0;
    return isNumber(value) ? input.coef * value : 0;
  });
  // What the worst drift of the coefficients takes away.
  const lost = () => !panel.drift ? 0 : sum(panel.lost || 0, (input, value) => {
    if (input.levels) return input.lost[levelOf(input, value)] || 0;
    if (input.steps) return isNumber(value) ? input.lost[binOf(input, value)] || 0 : 0;
    return isNumber(value) ? panel.drift * Math.abs(input.coef) * Math.abs(value - input.mean) : 0;
  });

  const digits = (value, most) => value.toLocaleString("en", { maximumSignificantDigits: most });
  const spelled = (value) => {
    if (typeof value !== "number") return String(value);
    return value.toLocaleString("en", { maximumSignificantDigits: 12, useGrouping: false });
  };
  const lines = (id, texts) => {
    const list = element(id);
    // A list that is announced when it changes is left alone when it does not.
    if ([...list.children].map((item) => item.textContent).join("\n") === texts.join("\n")) return;
    list.replaceChildren(...texts.map((text) => make("li", {}, text)));
  };
  const set = (id, text) => {
    const own = element(id);
    if (own.textContent !== text) own.textContent = text;
  };
  const make = (tag, attributes, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };

  // The numbers that a column can be moved to: the person's own, and the multiples of the step.
  const gridOf = (input, own) => {
    const [low, high, step] = input.range;
    const values = [own];
    if (step > 0) {
      const inverse = 1 / step, round = Math.round(inverse);
      const plain = step < 1 && Math.abs(round - inverse) < 1e-9 * inverse;
      for (let k = Math.round(low / step); k <= Math.round(high / step); k++) values.push(plain ? k / round : k * step);
    } else {
      values.push(low, high);
    }
    return [...new Set(values)].sort((a, b) => a - b);
  };

  const faults = () => {
    const found = [];
    inputs.forEach((input, i) => {
      const value = held[i];
      if (!hasMoved(i) || typeof value !== "number") return;
      const name = "“" + input.column + "” ";
      if (!isNumber(value)) found.push(name + "is no number.");
      else if (input.whole && !input.follows && value % 1 !== 0) found.push(name + "holds whole numbers only.");
      else if (input.min !== undefined && value < input.min) found.push(name + "cannot be below " + spelled(input.min) + ".");
      else if (input.max !== undefined && value > input.max) found.push(name + "cannot be above " + spelled(input.max) + ".");
      else if (input.range && (value < input.range[0] || value > input.range[1])) {
        found.push(name + "is taken to be movable from " + spelled(input.range[0]) + " to " + spelled(input.range[1]) + " only.");
      }
    });
    return found;
  };

  const controls = [];
  const show = () => {
    follow();
    const total = score();
    const worst = (panel.higher_is_better ? total - panel.threshold : panel.threshold - total) - lost();
    const reached = panel.at_threshold ? worst >= 0 : worst > 0;
    const broken = rules.filter(isBroken).map((rule) => rule.text);
    const root = element("panel");
    root.dataset.score = String(total);
    root.dataset.reached = String(reached);
    root.dataset.broken = JSON.stringify(broken);
    set("panel-score", digits(total, 5));
    set("panel-call", reached ? panel.words[0] : panel.words[1]);
    set("panel-distance", reached ? "none left" : digits(Math.abs(worst), 4) + " of score to go");
    if (panel.probability) {
      const p = probability(total);
      root.dataset.probability = String(p);
      set("panel-probability", (100 * p).toFixed(1) + "%");
      element("panel-bar").style.width = (100 * p) + "%";
    }
    root.classList.toggle("reached", reached);
    const changes = moved().map((i) => inputs[i].column + ": " + spelled(start[i]) + " → " + spelled(held[i]));
    lines("panel-changes", changes.length ? changes : ["nothing"]);
    lines("panel-notes", broken.map((text) => "Breaks the rule: " + text).concat(faults()));
    controls.forEach((control, i) => {
      control.row.classList.toggle("moved", hasMoved(i));
      control.put(held[i]);
    });
  };
  const probability = (total) => {
    const [slope, intercept] = panel.probability;
    return 1 / (1 + Math.exp(-(slope * total + intercept)));
  };

  const turn = (i, value) => {
    held[i] = value;
    show();
  };

  // A row of the panel: what it is called, and what moves it.
  const control = (input, i) => {
    const id = "control-" + i;
    const label = make("label", { for: id }, make("bdi", {}, input.column));
    if (input.unit) label.append(" ", make("span", { class: "under" }, input.unit));
    const row = make("div", { class: "control" }, label);
    if (input.levels) {
      // Options are known by their places: a page may not keep blanks and line ends of a text.
      const options = input.levels.map(([level], k) => make("option", { value: k }, level));
      const select = make("select", { id }, ...options);
      select.addEventListener("change", () => turn(i, input.levels[select.selectedIndex][0]));
      row.append(select);
      return { row, put: (value) => { select.selectedIndex = levelOf(input, value); } };
    }
    if (input.follows) {
      const output = make("output", { id });
      row.append(output, make("span", { class: "under" }, "follows others"));
      return { row, put: (value) => { output.textContent = spelled(value); } };
    }
    const grid = gridOf(input, start[i]);
    const field = make("input", { id, type: "number", step: "any", inputmode: "decimal" });
    const slider = make("input", { type: "range", min: 0, max: grid.length - 1, step: 1, "aria-label": input.column + ", as a slider" });
    field.addEventListener("input", () => {
      const bad = field.value.trim() === "" || !Number.isFinite(Number(field.value));
      field.setAttribute("aria-invalid", String(bad));
      if (!bad) turn(i, Number(field.value));
    });
    // What was typed stays as typed until the field is left.
    field.addEventListener("blur", () => {
      field.removeAttribute("aria-invalid");
      field.value = String(held[i]);
    });
    slider.addEventListener("input", () => turn(i, grid[slider.value]));
    row.append(field, slider);
    const put = (value) => {
      if (document.activeElement !== field && field.value !== String(value)) field.value = String(value);
      let nearest = 0;
      grid.forEach((own, k) => { if (Math.abs(own - value) < Math.abs(grid[nearest] - value)) nearest = k; });
      if (slider.value !== String(nearest)) slider.value = String(nearest);
      slider.setAttribute("aria-valuetext", spelled(value));
    };
    return { row, put };
  };

  inputs.forEach((input, i) => controls.push(control(input, i)));
  element("panel-controls").append(...controls.map((one) => one.row));
  if (panel.probability) element("panel-mark").style.left = (100 * probability(panel.threshold)) + "%";

  // Long lists are searched, and scroll by themselves.
  if (inputs.length > 24) {
    element("panel-find").hidden = false;
    element("panel-controls").classList.add("long");
    element("panel-name").addEventListener("input", (event) => {
      const wanted = event.target.value.trim().toLowerCase();
      controls.forEach((one, i) => { one.row.hidden = !inputs[i].column.toLowerCase().includes(wanted); });
    });
  }
  element("panel-reset").addEventListener("click", () => {
    start.forEach((value, i) => { held[i] = value; });
    show();
  });
  for (const button of document.querySelectorAll("[data-way]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      start.forEach((value, i) => { held[i] = value; });
      for (const [i, value] of JSON.parse(button.dataset.way)) held[i] = value;
      show();
      element("panel").focus({ preventScroll: true });
      element("try").scrollIntoView({ block: "start" });
    });
  }
  element("panel").hidden = false;
  show();
})();
