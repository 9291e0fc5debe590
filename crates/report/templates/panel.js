(() => {
  "use strict";
  const panel = JSON.parse(document.getElementById("panel-data").textContent);
  const start = {};
  panel.inputs.forEach((input) => { start[input.column] = input.value; });
  const held = Object.assign({}, start);
  const fixed = Object.fromEntries(panel.fixed || []);
  const valueOf = (column, values) => (column in values ? values[column] : fixed[column]);

  // A number from columns; null where one is missing.
  const evaluate = (expression, values) => {
    if ("number" in expression) return expression.number;
    if ("column" in expression) {
      const value = valueOf(expression.column, values);
      return typeof value === "number" ? value : null;
    }
    const [sign, [left, right]] = expression.apply;
    const a = evaluate(left, values), b = evaluate(right, values);
    if (a === null || b === null) return null;
    return sign === "+" ? a + b : sign === "-" ? a - b : sign === "*" ? a * b : a / b;
  };

  const holds = (test) => {
    const value = valueOf(test.column, held);
    if (value === null || value === undefined) return test.compare === "!=";
    if (typeof value === "string") return (test.levels || []).includes(value);
    const to = test.value;
    switch (test.compare) {
      case "=": return value === to;
      case "!=": return value !== to;
      case "<": return value < to;
      case "<=": return value <= to;
      case ">": return value > to;
      default: return value >= to;
    }
  };

  const changed = () => panel.inputs.filter((i) => !i.follows && held[i.column] !== start[i.column]);

  const keeps = (rule) => {
    if (rule.imply) return !holds(rule.imply[0]) || holds(rule.imply[1]);
    if (rule.count) {
      const [least, most, tests] = rule.count;
      const n = tests.filter(holds).length;
      return n >= least && n <= most;
    }
    if (rule.changes) {
      const [most, of] = rule.changes;
      return changed().filter((i) => !of.length || of.includes(i.column)).length <= most;
    }
    return true;
  };

  // Columns that follow others, in the order of the rules until nothing moves.
  const follow = () => {
    for (let round = 0; round < panel.inputs.length + 1; round++) {
      for (const input of panel.inputs.filter((i) => i.follows)) {
        const column = input.column;
        let value = start[column];
        for (const rule of panel.rules || []) {
          if (rule.follows && rule.follows[0] === column) {
            const after = evaluate(rule.follows[1], held), before = evaluate(rule.follows[1], start);
            if (after !== null && before !== null) value = start[column] + (after - before);
          }
          if (rule.moves && rule.moves[0] === column) {
            value += rule.moves[1] * (valueOf(rule.moves[2], held) - valueOf(rule.moves[2], start));
          }
        }
        held[column] = value;
      }
    }
  };

  const score = () => panel.inputs.reduce((sum, input) => {
    const value = held[input.column];
    if (input.levels && input.levels.length) {
      const level = input.levels.find((l) => l[0] === value);
      return sum + (level ? level[1] : 0);
    }
    return typeof value === "number" ? sum + input.coef * value : sum;
  }, panel.base);

  const element = (id) => document.getElementById(id);
  const number = (value, digits) => value.toLocaleString("en", { maximumSignificantDigits: digits });
  const set = (id, text) => { element(id).textContent = text; };

  const show = () => {
    follow();
    const total = score();
    const toward = panel.higher_is_better ? total - panel.threshold : panel.threshold - total;
    // At the threshold itself the call is that of the class which is not the positive one.
    const reached = panel.reaches_at ? toward >= 0 : panel.higher_is_better ? toward > 0 : toward >= 0;
    const root = element("panel");
    root.dataset.score = String(total);
    root.dataset.reached = String(reached);
    set("panel-score", number(total, 5));
    set("panel-call", reached ? panel.words[0] : panel.words[1]);
    set("panel-distance", reached ? "reached" : number(Math.abs(toward), 4) + " of score to go");
    if (panel.probability) {
      const [slope, intercept] = panel.probability;
      const p = 1 / (1 + Math.exp(-(slope * total + intercept)));
      root.dataset.probability = String(p);
      set("panel-probability", (100 * p).toFixed(1) + "%");
      element("panel-bar").style.width = (100 * p) + "%";
    }
    root.classList.toggle("reached", reached);
    const broken = (panel.rules || []).filter((rule) => !keeps(rule)).map((rule) => rule.text);
    set("panel-rules", broken.length && changed().length ? "Breaks: " + broken.join("; ") : "");
    for (const control of document.querySelectorAll("[data-column]")) {
      const value = held[control.dataset.column];
      if (document.activeElement !== control && value !== null && control.value !== String(value)) {
        control.value = String(value);
      }
      const row = control.closest(".control");
      if (row) row.classList.toggle("moved", value !== start[control.dataset.column]);
    }
  };

  for (const control of document.querySelectorAll("[data-column]")) {
    if (control.disabled) continue;
    control.addEventListener("input", () => {
      const text = control.value;
      const level = control.tagName === "SELECT";
      const value = level ? text : Number(text);
      if (level || (text.trim() !== "" && Number.isFinite(value))) {
        held[control.dataset.column] = value;
        show();
      }
    });
    control.addEventListener("change", show);
  }
  element("panel-reset").addEventListener("click", () => {
    Object.assign(held, start);
    show();
  });
  for (const button of document.querySelectorAll("[data-way]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      Object.assign(held, start);
      for (const [column, value] of JSON.parse(button.dataset.way)) held[column] = value;
      show();
      element("panel").scrollIntoView({ block: "nearest" });
    });
  }
  element("panel").hidden = false;
  show();
})();
