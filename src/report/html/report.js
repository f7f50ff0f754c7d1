/* What the page can do beyond being read: filter, copy, open and close, times of here. */
"use strict";
(function () {
  var tools = document.getElementById("tools");
  var each = function (selector, what) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), what);
  };
  var make = function (name, text) {
    var element = document.createElement(name);
    element.textContent = text;
    return element;
  };
  var button = function (text, act) {
    var element = make("button", text);
    element.type = "button";
    element.addEventListener("click", act);
    tools.appendChild(element);
    return element;
  };

  /* An anchor inside something closed opens it, and what the filter hides comes back. */
  var filter = make("input", "");
  var reveal = function () {
    var at = null;
    try {
      at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch (broken) {
      return;
    }
    for (var up = at; up; up = up.parentElement) {
      if (up.tagName === "DETAILS") {
        up.open = true;
      }
      if (up.hidden) {
        clear();
      }
    }
    if (at) {
      at.scrollIntoView();
    }
  };

  /* Filter: findings and rows that hold all the words. */
  filter.type = "search";
  filter.placeholder = "Filter";
  filter.setAttribute("aria-label", "Filter findings and rows by words");
  var told = make("span", "");
  told.setAttribute("role", "status");
  var apply = function () {
    var words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    var all = 0;
    var matches = function (element) {
      var text = element.textContent.toLowerCase();
      return words.every(function (word) { return text.indexOf(word) >= 0; });
    };
    each(".finding", function (finding) {
      finding.hidden = !matches(finding);
      all += 1;
      shown += finding.hidden ? 0 : 1;
    });
    each("main section:not(#findings) table.stack tbody tr", function (row) {
      row.hidden = !matches(row);
      all += 1;
      shown += row.hidden ? 0 : 1;
    });
    told.textContent = words.length ? shown + " of " + all : "";
  };
  var clear = function () {
    filter.value = "";
    apply();
  };
  filter.addEventListener("input", apply);
  filter.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      clear();
    }
  });
  tools.appendChild(filter);
  tools.appendChild(told);
  window.addEventListener("hashchange", reveal);
  document.addEventListener("click", function (event) {
    if (event.target.closest("a[href^='#']")) {
      setTimeout(reveal, 0);
    }
  });
  if (location.hash) {
    reveal();
  }

  /* Open and close everything; on paper goes what is open. */
  var opened = false;
  var toggle = button("Open all", function () {
    opened = !opened;
    each("details", function (details) { details.open = opened; });
    toggle.textContent = opened ? "Close all" : "Open all";
  });

  /* Times: UTC as written, or of the reader's zone. */
  var local = false;
  var two = function (n) { return (n < 10 ? "0" : "") + n; };
  var here = function (date) {
    var offset = -date.getTimezoneOffset();
    var by = Math.abs(offset);
    return date.getFullYear() + "-" + two(date.getMonth() + 1) + "-" + two(date.getDate()) + " " +
      two(date.getHours()) + ":" + two(date.getMinutes()) + ":" + two(date.getSeconds()) +
      (offset < 0 ? "-" : "+") + two(Math.floor(by / 60)) + ":" + two(by % 60);
  };
  var zone = button("Times: UTC", function () {
    local = !local;
    each("time", function (time) {
      if (!time.hasAttribute("data-utc")) {
        time.setAttribute("data-utc", time.textContent);
      }
      var date = new Date(time.dateTime);
      time.textContent = local && !isNaN(date) ? here(date) : time.getAttribute("data-utc");
    });
    each("[data-time]", function (text) {
      if (!text.hasAttribute("data-utc")) {
        text.setAttribute("data-utc", text.textContent);
      }
      var date = new Date(text.getAttribute("data-time"));
      text.textContent = local && !isNaN(date) ? here(date) : text.getAttribute("data-utc");
    });
    zone.textContent = local ? "Times: local" : "Times: UTC";
  });

  /* Copy: filters of Wireshark, commands, sums. */
  var copy = function (source, done) {
    var range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    var old = function () { done(document.execCommand("copy")); };
    if (navigator.clipboard) {
      navigator.clipboard.writeText(source.textContent).then(function () { done(true); }, old);
    } else {
      old();
    }
  };
  each("code.copy", function (code) {
    var element = make("button", "");
    var say = function (word) {
      element.textContent = word;
      element.setAttribute("aria-label", word + " " + code.textContent);
    };
    say("Copy");
    element.type = "button";
    element.className = "copy-button";
    element.addEventListener("click", function () {
      copy(code, function (well) {
        say(well ? "Copied" : "Selected");
        setTimeout(function () { say("Copy"); }, 1500);
      });
    });
    code.insertAdjacentElement("afterend", element);
  });

  /* Where the reader is, in the contents: the last section that begins above a line near the
     top; at the end of the page the last. */
  var sections = document.querySelectorAll("main > section[id]");
  var due = false;
  var mark = function () {
    due = false;
    var at = sections[0];
    for (var i = 1; i < sections.length; i++) {
      at = sections[i].getBoundingClientRect().top < 140 ? sections[i] : at;
    }
    if (window.scrollY > 0 && window.innerHeight + window.scrollY > document.documentElement.scrollHeight - 4) {
      at = sections[sections.length - 1];
    }
    each("nav a", function (link) {
      if (at && link.getAttribute("href") === "#" + at.id) {
        link.setAttribute("aria-current", "true");
      } else {
        link.removeAttribute("aria-current");
      }
    });
  };
  var soon = function () {
    if (!due) {
      due = true;
      requestAnimationFrame(mark);
    }
  };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  mark();
}());
