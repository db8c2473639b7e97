// What the page does beside showing itself: it draws the chart of writes, waits
// for an answer that is being worked out, and offers newer evidence. Without it
// everything is still there.
"use strict";

(() => {
  const ask = async (path) => {
    const answer = await fetch(path, { credentials: "same-origin", cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  // The answer of why: the page is loaded once more when it is there.
  const why = document.querySelector("[data-ready]");
  if (why) {
    const wait = async () => {
      try {
        const { ready } = await ask(why.dataset.ready);
        if (ready) location.reload();
        else wait();
      } catch { /* the link "Look again" is there */ }
    };
    wait();
  }

  // Newer evidence is offered, not put under the reader's eyes; a page that
  // nobody has touched for a minute shows it by itself.
  const number = Number(document.body.dataset.number || 0);
  const fresh = document.getElementById("fresh");
  let touched = Date.now();
  for (const kind of ["keydown", "pointerdown", "scroll", "input"]) addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
  const look = async () => {
    try {
      const now = await ask("/state");
      if (now.number !== number) {
        if (Date.now() - touched > 60000) return location.reload();
        const link = document.createElement("a");
        link.href = location.href;
        link.textContent = "There is newer evidence. Show it";
        fresh.replaceChildren(link);
      } else if (now.fault) {
        fresh.textContent = "The evidence could not be read again: " + now.fault;
      }
    } catch {
      fresh.textContent = "scimtrail has stopped; this page stays as it is.";
    }
    setTimeout(look, 5000);
  };
  if (number && fresh) setTimeout(look, 5000);

  // The chart of writes: one lane a way, all over the same stretch of time.
  const box = document.getElementById("writes-chart");
  const data = document.getElementById("writes-data");
  if (!box || !data || typeof uPlot === "undefined") return;
  const chart = JSON.parse(data.textContent);
  const note = document.getElementById("writes-note");
  const events = document.getElementById("writes-events");
  const step = chart.days * 86400;
  const first = chart.times[0], end = chart.times[chart.times.length - 1] + step;
  const date = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
  const plots = [];
  let zooming = false;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const zoom = (min, max) => {
    if (zooming) return;
    zooming = true;
    for (const p of plots) p.setScale("x", { min, max });
    zooming = false;
    const all = min <= first && max >= end;
    events.href = all ? "/events" : "/events?from=" + date(min) + "&to=" + date(Math.min(max, end - 1));
    events.textContent = all ? "All events" : "Events from " + date(min) + " to " + date(Math.min(max, end - 1));
  };

  const lane = (l, last) => {
    const most = Math.max(1, ...l.done), worst = Math.max(0, ...l.failed);
    const bars = uPlot.paths.bars({ size: [0.8, 40, 2], align: 1 });
    const unseen = (u) => {
      const { left, top, width, height } = u.bbox, ctx = u.ctx;
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, top, width, height);
      ctx.clip();
      ctx.fillStyle = colour("--unseen");
      ctx.fillRect(left, top, width, height);
      ctx.fillStyle = colour("--ground");
      for (const [from, to] of l.seen) {
        const x = u.valToPos(from, "x", true);
        ctx.fillRect(x, top, Math.max(u.valToPos(to, "x", true) - x, 1), height);
      }
      ctx.restore();
    };
    return {
      width: box.clientWidth, height: last ? 134 : 110,
      cursor: { sync: { key: "writes" }, y: false, points: { show: false }, drag: { x: true, y: false } },
      legend: { show: false },
      padding: [6, 14, last || worst ? 0 : 8, 0], // the nought of a lane without failures needs room below
      scales: { x: { time: true, min: first, max: end }, y: { range: [worst ? -Math.max(worst, most * 0.25) * 1.15 : 0, most * 1.15] } },
      series: [{}, { paths: bars, fill: () => colour("--done"), points: { show: false } }, { paths: bars, fill: () => colour("--failed"), points: { show: false } }],
      axes: [
        { show: last, stroke: () => colour("--quiet"), grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false }, size: 30,
          values: (u, at) => at.map(date), space: 90, incrs: [1, 2, 3, 7, 14, 28, 91, 182, 364, 1820].map((d) => d * 86400) },
        { stroke: () => colour("--quiet"), grid: { show: false }, ticks: { show: false }, size: 48, splits: () => !worst ? [0, most] : worst < most * 0.2 ? [-worst, most] : [-worst, 0, most], // two labels must not lie on each other
          values: (u, at) => at.map((n) => String(Math.abs(n))) },
      ],
      hooks: {
        drawClear: [unseen],
        setScale: [(u, key) => { if (key === "x") zoom(u.scales.x.min, u.scales.x.max); }],
        draw: [(u) => {
          const y = Math.round(u.valToPos(0, "y", true)) + 0.5;
          u.ctx.strokeStyle = colour("--quiet");
          u.ctx.lineWidth = 1;
          u.ctx.beginPath();
          u.ctx.moveTo(u.bbox.left, y);
          u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
          u.ctx.stroke();
        }],
      },
    };
  };

  chart.lanes.forEach((l, i) => {
    const title = document.createElement("div");
    title.className = "lane-title";
    title.textContent = l.name;
    box.append(title);
    const failed = l.failed.map((n) => n ? -n : null);
    plots.push(new uPlot(lane(l, i === chart.lanes.length - 1), [chart.times, l.done.map((n) => n || null), failed], box));
  });
  box.hidden = note.hidden = false;
  zoom(first, end);
  new ResizeObserver(() => {
    for (const p of plots) if (p.width !== box.clientWidth) p.setSize({ width: box.clientWidth, height: p.height });
  }).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { for (const p of plots) p.redraw(); });
})();
