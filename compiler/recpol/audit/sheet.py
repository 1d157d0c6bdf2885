"""The sheet of the page and its style: what stands where, and nothing of what it says of a policy."""

STYLE = """
:root { --ink: #1b1b1b; --soft: #5c5c5c; --line: #c9c9c9; --tape: #a3200d }
body { font: 15px/1.45 Arial, Helvetica, sans-serif; color: var(--ink); margin: 2rem auto; max-width: 62rem;
  padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.35rem; border-top: 3px solid var(--ink); padding-top: .6rem;
margin-top: 3rem }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem }
table { border-collapse: collapse; width: 100%; font-size: .88rem; margin: .3rem 0 .8rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid var(--line);
  overflow-wrap: break-word }
th { border-bottom: 2px solid var(--ink) } caption { text-align: left; color: var(--soft); padding: .2rem 0 }
code { font-family: 'DejaVu Sans Mono', Consolas, monospace; font-size: .88em; overflow-wrap: anywhere }
.soft { color: var(--soft) } .bad { font-weight: 700; border-left: 4px solid var(--tape); padding-left: .6rem }
figure { margin: .6rem 0 } figure svg { max-width: 100%; height: auto } figcaption { color: var(--soft) }
.sign { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 2rem; margin-top: 2.4rem }
.sign span { border-top: 1px solid var(--ink); padding-top: .2rem; color: var(--soft) }
.all { table-layout: fixed } .names td:first-child, .store th { white-space: nowrap }
.store { margin-bottom: 1.2rem }
.store th { border-bottom-width: 1px; width: 9rem; font-weight: 400; color: var(--soft) }
.store caption { font-weight: 700; color: var(--ink); border-bottom: 2px solid var(--ink) }
@page { size: A4; margin: 16mm 14mm 18mm; @bottom-right { content: "Page " counter(page) " of " counter(pages);
  font: 8pt Arial, Helvetica, sans-serif; color: #5c5c5c } }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 10pt } section.policy { break-before: page }
  h3, caption { break-after: avoid } tr, figure, .store, .sign { break-inside: avoid } figure svg { max-height: 235mm }
  table { font-size: .84rem } td, th { padding: .2rem .25rem } .all { font-size: .78rem }
  .wide { page: wide } .wide svg { max-height: 145mm } }
@page wide { size: A4 landscape }
"""

SHEET = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ title }}</title><style>{{ style }}</style></head><body><main>
<h1>{{ title }}</h1>
<p class="soft">Made by recpol {{ version }}{% if date %} on {{ date }}{% endif %}{% if since %}, compared with
<code>{{ since }}</code>{% endif %}{% if tenant %}, for the
tenant <code>{{ tenant }}</code>{% endif %}. What a policy does not say is “{{ not_stated }}”.</p>
<h2 id="all">All policies</h2>
<table class="all"><colgroup>
{% for share in ((14, 11, 26, 9, 11, 9, 10, 10) if since else (15, 11, 30, 12, 12, 10, 10)) %}
<col style="width:{{ share }}%">{% endfor %}</colgroup>

<thead><tr><th>Policy</th><th>Compiles</th><th>What is recorded</th><th>Stores</th><th>Kept</th>
<th>Proven</th><th>Excep&shy;tions</th>{% if since %}<th>Changed</th>{% endif %}</tr></thead><tbody>
{% for p in policies %}<tr><td><a href="#p{{ loop.index }}">{{ p.told.name }}</a></td>
<td>{{ "yes" if p.told.compiles else "no" }}</td>
{% if not p.told.compiles %}<td colspan="4">{{ nothing }}.</td>
{% else %}<td>{{ (p.told.summary[0] if p.told.summary else not_stated)|prose }}</td>
<td>{{ p.one.stores|map(attribute="name")|join(", ")|or_not_stated }}</td>
<td>{{ p.one.stores|map(attribute="keep")|unique|join("; ")|or_not_stated }}</td>
<td>{{ p.one.proven }}</td>{% endif %}<td>{{ p.one.exceptions|length }}</td>
{% if since %}<td>{{ p.changed if p.one.changes else "not compared" }}</td>{% endif %}</tr>
{% endfor %}
{% for name in gone %}<tr><td>{{ name }}</td><td colspan="6">–</td><td>gone since <code>{{ since }}</code></td></tr>
{% endfor %}</tbody></table>
<table><caption>Where the answers are</caption><tbody>
{% for question, heading in reading %}<tr><td>{{ question }}</td><td>{{ heading }}</td></tr>{% endfor %}
</tbody></table>
{% if tenants %}<h2>Tenants</h2>
{% if refused %}<p class="bad">Lines of the list of tenants that are wrong, and of which nothing is said:
{{ refused }}.</p>{% endif %}
{% for t in tenants %}<h3>{{ t.policy }}</h3>
{% if t.wrong %}<p class="bad">It does not compile for {{ t.wrong }} of {{ t.count }} tenants: nothing of it is proven
for them.</p>{% endif %}
{% if t.same %}<table><caption>The same for all {{ t.count }} tenants</caption><tbody>
{% for guarantee, said in t.same %}<tr><td><code>{{ guarantee }}</code></td><td>{{ said }}</td></tr>{% endfor %}
</tbody></table>{% endif %}
{% if t.columns %}<table><caption>Not the same for all</caption><thead><tr><th>Tenant</th>
{% for guarantee in t.columns %}<th><code>{{ guarantee }}</code></th>{% endfor %}</tr></thead><tbody>
{% for name, cells in t.lines %}<tr><td>{{ name }}</td>{% for cell in cells %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>{% elif not t.same %}<p>That anything is guaranteed is {{ not_stated }}.</p>{% endif %}
{% endfor %}
{% endif %}
{% for p in policies %}
<section class="policy" id="p{{ loop.index }}"><h2>{{ p.told.name }}</h2>
<p class="soft"><code>{{ p.told.file }}</code>, SHA-256 <code>{{ p.one.digest }}</code></p>
{% if not p.told.compiles %}<p class="bad">{{ nothing }}. The findings below say why.</p>
{% elif p.told.alert %}<p class="bad">{{ p.told.alert|prose }}</p>{% endif %}
{% if p.told.compiles %}{% for line in p.told.summary %}<p>{{ line|prose }}</p>{% endfor %}{% endif %}
{% if not p.told.compiles %}
{% for heading in of_calls %}<h3>{{ heading }}</h3><p>{{ nothing }}.</p>
{% endfor %}
{% else %}
<h3>Who is recorded</h3>
<table><thead><tr><th>Who</th><th>On tape</th><th>Not on tape</th></tr></thead><tbody>
{% for row in p.one.parties %}<tr><td>{{ row.who|prose }}</td><td>{{ row.recorded|join(";
")|default("nothing", true)|prose }}</td>
<td>{{ row.not_recorded|join("; ")|default("nothing", true)|prose }}</td></tr>
{% endfor %}</tbody></table>
<h3>Who is told</h3>
<table><thead><tr><th>Announcement</th><th>Said to</th><th>Language</th><th>Stage</th><th>Itself on tape</th></tr>
</thead>
<tbody>
{% for row in p.one.told %}<tr><td>{{ row.words|prose }}</td><td>{{ row.whom }}</td><td>{{ row.locale }}</td>
<td>{{ row.stage }}</td><td>{{ "yes" if row.recorded else "no" }}</td></tr>
{% else %}<tr><td colspan="5">That somebody is told is {{ not_stated }}.</td></tr>{% endfor %}
{% if p.one.told and p.one.told|map(attribute="whom")|select("in", ["callee", "everyone"])|list|length == 0 %}
<tr><td colspan="5">That anybody but the caller is told is {{ not_stated }}.</td></tr>{% endif %}</tbody></table>
<div{% if p.wide %} class="wide"{% endif %}><h3>What happens in a call</h3>
<figure>{{ p.flow }}</figure></div>
{% if p.tape %}<figure>{{ p.tape }}<figcaption>One call, as an example.</figcaption></figure>{% endif %}
<table><thead><tr><th>Stage</th><th>What</th><th>Recording</th></tr></thead><tbody>
{% for stage in p.told.stages %}{% for row in stage.rows %}{% if row.mark != "silent" %}
<tr><td>{{ stage.number }}</td><td>{{ row.words|prose }}</td><td>
{% for one in row.recorders %}{{ one.who }} → {{ one.store }}: {{ one.file }}. {% else %}not recorded. {% endfor %}
{{ row.stopped|prose }}{% for phase in row.phases %} {{ phase.words|prose }}{% if phase.begins %} As it begins,
{{ phase.begins|prose }}.{% endif %}{% if phase.ends %} As it ends, {{ phase.ends|prose }}.{% endif %}{% endfor %}
</td></tr>
{% endif %}{% endfor %}{% endfor %}</tbody></table>
<h3>How calls end</h3>
<table><tbody>{% for row in p.one.endings %}<tr><td>{{ row.case|prose }}</td><td>{{ row.answer|prose }}</td></tr>
{% else %}<tr><td>{{ not_stated }}</td></tr>{% endfor %}</tbody></table>
<h3>Where recordings go</h3>
{% for row in p.one.stores %}<table class="store"><caption>{{ row.name }}</caption><tbody>
<tr><th>Address</th><td><code>{{ row.url }}</code></td></tr><tr><th>Files</th><td>{{ row.files }}</td></tr>
<tr><th>Kept</th><td>{{ row.keep }}</td></tr><tr><th>Who can read it</th><td>{{ row.readers }}</td></tr>
<tr><th>Encrypted</th><td>{{ row.encrypted }}</td></tr><tr><th>Region</th><td>{{ row.region }}</td></tr>
<tr><th>Transcript</th><td>{{ row.transcript }}</td></tr></tbody></table>
{% else %}<p>Nothing is recorded.</p>{% endfor %}
<p class="soft">What stores promise is what the author states; recpol cannot look at the place.</p>
<p>Is a transcript made? {{ p.one.transcript|prose }}.</p>
<h3>If something fails</h3>
<table><tbody>{% for row in p.one.failures %}<tr><td>{{ row.case|prose }}</td><td>{{ row.answer|prose }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endif %}
<h3>What is guaranteed</h3>
<table><thead><tr><th>Guarantee</th><th>Verdict</th><th>Because</th><th>The proof rests on</th></tr></thead><tbody>
{% for one in p.told.guarantees %}<tr><td><code>{{ one.written }}</code><br>{{ one.sentence|prose }}</td>
<td>{{ one.status|status }}{% if one.call %}<br>in the call: {{ one.call|map(attribute="words")|join(";
") }}{% endif %}</td>
<td>{{ one.reason or not_stated }}</td><td>{% if one.status == "proven" %}
{{ one.provided|map("first")|join(", ") or "the documents alone" }}{% else %}there is no proof{% endif %}</td>
</tr>
{% else %}<tr><td colspan="4">{{ not_stated if p.told.compiles else nothing }}</td></tr>{% endfor %}</tbody></table>
{% for written, svg in p.broken %}<figure>{{ svg }}<figcaption>A call that breaks <code>{{ written }}</code>.
</figcaption></figure>{% endfor %}
{% if not p.told.compiles %}
<h3>Which law</h3><p>{{ nothing }}.</p><h3>What is assumed</h3><p>{{ nothing }}.</p>
{% else %}
{% if p.one.looked %}<p class="soft">The proofs look at every situation in which a call can be:
{% for target, count in p.one.looked %}{{ count }} in <code>{{ target }}</code>{{ ", " if not loop.last }}{% endfor %}.
</p>{% endif %}
<p class="soft">To check it yourself: <code>recpol prove {{ p.told.file }}</code> writes the proofs, and
<code>recpol-check</code>, a program of its own, reads them against the documents.</p>
<h3>Which law</h3>
{% for pack in p.told.packs %}<table><caption>{{ pack.title }}, version {{ pack.version }}</caption>
<thead><tr><th>Clause</th><th>What it says</th><th>Checked</th><th>Reviewed</th><th>Guarantees</th>
<th>Not covered</th></tr>
</thead><tbody>{% for c in pack.clauses %}<tr><td>{{ c.citation }}</td><td>{{ c.says }}</td><td>{{ c.checked }}</td>
<td>{{ c.reviewed or "no date" }}</td><td>{% for w in c.written %}<code>{{ w }}</code><br>{% else %}none{% endfor %}
</td>
<td>{{ c.not_covered|join("; ") }}</td></tr>{% endfor %}</tbody></table>
{% else %}<p>Which law the policy answers to, beyond the reasons above, is {{ not_stated }}.</p>{% endfor %}
<h3>What is assumed</h3>
<table class="names"><tbody>{% for term in p.told.assumptions %}<tr><td><code>{{ term.name }}</code></td>
<td>{{ term.meaning|prose }}</td></tr>
{% else %}<tr><td>Nothing is claimed that rests on more than the documents.</td></tr>{% endfor %}</tbody></table>
{% endif %}
<h3>Exceptions</h3>
<table><thead><tr><th>Rule</th><th>What was found</th><th>Where</th><th>Why it is allowed</th><th>By whom</th>
<th>Until</th></tr></thead><tbody>{% for row in p.one.exceptions %}<tr><td><code>{{ row.rule }}</code></td>
<td>{{ row.found|prose }}</td><td>{{ row.place }}</td><td>{{ row.reason|prose }}</td><td>{{ row.by }}</td>
<td>{{ row.until }}</td></tr>
{% else %}<tr><td colspan="6">None.</td></tr>{% endfor %}</tbody></table>
{% if p.told.remarks %}<table><caption>Findings</caption><tbody>{% for one in p.told.remarks %}<tr>
<td>{{ one.severity }}</td><td><code>{{ one.rule }}</code></td><td>{{ one.words|prose }}
({{ one.file }}:{{ one.line }})</td></tr>
{% endfor %}</tbody></table>{% endif %}
<h3>Tests</h3>
<table><tbody><tr><td>Tests</td><td>{{ p.one.tests.ran }}</td></tr>
<tr><td>Coverage</td><td>{{ p.one.tests.coverage }}</td></tr>
<tr><td>Mistakes that would be noticed</td><td>{{ p.one.tests.mutations }}</td></tr></tbody></table>
<h3>What changed</h3>
{% if p.one.changes %}<p>Since <code>{{ since }}</code>: {{ p.changed }}.</p>
{% for title, found in p.differences %}<table><caption>{{ title }}</caption><tbody>
{% for one, call in found %}<tr><td>{{ one.about|prose }}</td><td>{{ one.before or "–" }}
→ {{ one.after or "–" }}</td>
<td>{% if call %}in the call: <code>{{ call }}</code>{% endif %}</td></tr>{% endfor %}</tbody></table>{% endfor %}
{% else %}<p>Not compared: <code>recpol report --since REV</code> does.</p>{% endif %}
<div class="sign"><span>Date</span><span>Name</span><span>Signature</span></div>
</section>
{% endfor %}
<h2>Words</h2>
<table><tbody>{% for name, meaning in terms %}<tr><td>{{ name }}</td><td>{{ meaning }}</td></tr>{% endfor %}
</tbody></table>
</main></body></html>
"""
