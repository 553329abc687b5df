(function () {
  'use strict';
  var words = document.body.dataset;
  function value(row, column) {
    var cell = row.cells[column];
    return cell ? cell.textContent : '';
  }
  // Amounts are compared as digits, never as binary fractions: sign, then length, then text.
  function compareNumbers(a, b) {
    function parts(text) {
      var digits = text.replace(/[^0-9.]/g, '').replace(/^0+(?=\d)/, '');
      var point = digits.indexOf('.');
      return { none: digits === '', minus: /^\s*-/.test(text), whole: point < 0 ? digits : digits.slice(0, point), rest: point < 0 ? '' : digits.slice(point + 1) };
    }
    function size(x, y) {
      if (x.whole.length !== y.whole.length) return x.whole.length - y.whole.length;
      return x.whole < y.whole ? -1 : x.whole > y.whole ? 1 : x.rest < y.rest ? -1 : x.rest > y.rest ? 1 : 0;
    }
    var x = parts(a), y = parts(b);
    if (x.none || y.none) return (x.none ? 0 : 1) - (y.none ? 0 : 1);
    if (x.minus !== y.minus) return x.minus ? -1 : 1;
    return x.minus ? size(y, x) : size(x, y);
  }
  var lists = {}, printed = Number(words.printed);
  document.querySelectorAll('.list').forEach(function (box) {
    var table = box.querySelector('table'), body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows), original = rows.slice();
    if (!rows.length) return;
    var tools = document.createElement('div');
    tools.className = 'tools';
    var search = document.createElement('input');
    search.type = 'search';
    search.placeholder = words.search;
    search.setAttribute('aria-label', words.search);
    var select = document.createElement('select');
    select.setAttribute('aria-label', words.filter);
    select.add(new Option(words.all, ''));
    var filter = Number(box.dataset.filter), seen = {};
    rows.forEach(function (row) { seen[value(row, filter)] = true; });
    Object.keys(seen).sort(function (a, b) { return a.localeCompare(b, document.documentElement.lang); })
      .forEach(function (word) { select.add(new Option(word, word)); });
    var count = document.createElement('span');
    count.setAttribute('role', 'status');
    count.className = 'soft small';
    tools.append(search, select, count);
    box.parentNode.insertBefore(tools, box);
    function apply() {
      var asked = search.value.trim().toLowerCase().split(/\s+/), shown = 0;
      rows.forEach(function (row) {
        var text = row.textContent.toLowerCase();
        var fits = (!select.value || value(row, filter) === select.value) &&
          asked.every(function (word) { return text.indexOf(word) >= 0; });
        row.hidden = !fits;
        if (fits) shown++;
      });
      var asks = [select.value, search.value.trim()].filter(Boolean).join(' · ');
      count.textContent = words.shown.replace('{shown}', shown).replace('{total}', rows.length) + (asks ? ' · ' + asks : '');
      mark();
    }
    // Of what is shown, the first rows are printed.
    function mark() {
      var place = 0;
      Array.prototype.forEach.call(body.rows, function (row) {
        if (!row.hidden) row.classList.toggle('x', ++place > printed);
      });
    }
    function find(text) {
      select.value = '';
      search.value = text;
      apply();
    }
    search.addEventListener('keydown', function (event) {
      if (event.key === 'Escape') { event.preventDefault(); find(''); }
    });
    lists[box.parentNode.id] = { find: find, search: search, box: box };
    search.addEventListener('input', apply);
    select.addEventListener('change', apply);
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var button = document.createElement('button');
      button.type = 'button';
      button.textContent = head.textContent;
      head.textContent = '';
      head.appendChild(button);
      button.addEventListener('click', function () {
        var now = head.getAttribute('aria-sort');
        var next = now === 'ascending' ? 'descending' : now === 'descending' ? null : 'ascending';
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) { other.removeAttribute('aria-sort'); });
        var sorted = original.slice();
        if (next) {
          head.setAttribute('aria-sort', next);
          var number = head.classList.contains('n');
          sorted.sort(function (a, b) {
            var order = number ? compareNumbers(value(a, column), value(b, column))
              : value(a, column).localeCompare(value(b, column), document.documentElement.lang);
            return next === 'ascending' ? order : -order;
          });
        }
        sorted.forEach(function (row) { body.appendChild(row); });
        mark();
      });
    });
    apply();
  });
  // What waits leads to its rows in the list.
  document.querySelectorAll('a[data-find]').forEach(function (link) {
    link.addEventListener('click', function () {
      var list = lists[link.getAttribute('href').slice(1)];
      if (list) list.find(link.dataset.find);
    });
  });
  // `/` goes to the search of the list that is on the screen.
  document.addEventListener('keydown', function (event) {
    if (event.key !== '/' || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    var names = Object.keys(lists);
    var near = names.filter(function (name) { return lists[name].box.getBoundingClientRect().bottom > 80; })[0] || names[0];
    if (near) { event.preventDefault(); lists[near].search.focus(); }
  });
})();
