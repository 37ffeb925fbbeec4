"""A scriptable vendor over real HTTP, with every failure that a vendor can produce.

In a test (a thread of this process serves it)::

    upstream = Upstream()                    # or Upstream(url="http://127.0.0.1:4000") for one that already runs
    upstream.start()
    upstream.script("model-a", "ok", text="Paris.", gate_after=2)
    ...                                      # the endpoint to configure is upstream.url, which ends in /v1
    upstream.release("model-a")              # lets the gated stream go on
    upstream.ledger("model-a")               # list[Entry]: what was asked, what was sent, who hung up
    upstream.stop()

As a process of its own: ``python -m tests.upstream --port 4000`` (port 0 takes a free one; the URL is printed).

**Dialects**: the path of a request says which one it speaks, and the answer follows: ``/chat/completions`` and
``/completions`` (OpenAI), ``/messages`` (Anthropic), ``/models/…:streamGenerateContent`` (Gemini). Behaviours are the
same in all of them; usage is scripted and entered into the ledger in OpenAI's words. Only OpenAI's reports costs.

**The bill**: an entry's ``billed`` is the usage that a vendor would charge for, ``None`` for nothing. What was reported
is billed as reported. An answer that broke off before that is billed by its input and by the text that was sent, both
counted as our own estimates are. A request that brought neither text nor usage costs nothing.

**Several providers** can live in one upstream: ``upstream.url_of("acme")`` is the base URL of one, and
``upstream.down("acme")`` cuts every connection to it until ``upstream.up("acme")``; without a name they mean
``upstream.url``. ``Upstream().start(tls=True)`` listens behind a certificate that nobody trusts.

**Behaviour** of a request is what was scripted for its model, else the behaviour whose name the model carries
(a model called ``cut-mid`` cuts its streams), else ``ok``.

========================  ==============================================================================
``ok``                    text, finish ``stop``, usage, ``[DONE]``
``echo``                  like ``ok``; the text is the last message of the request
``calls``                 calls the tools of the script, else all that are offered; with their results it is ``ok``
``looks-up``              calls the tools of its ``rounds``, one round a request, while it may; ``endless``: the first
                          round again and again; then it is ``ok``
``cut-calls``             half of the calls of the first of its ``rounds``, then the connection is cut (RST)
``slow-first``            like ``ok``, after ``first_delay_s`` (default 0.3 s)
``stall-first``           headers, then nothing until released or hung up on
``stall-headers``         not even headers
``stall-mid``             half of the text, then nothing until released, then the rest
``cut-mid``               half of the text, then the connection is cut (RST)
``401`` ``402`` ``403``   the status with OpenAI's error body; any ``<status>`` works: ``404 429 500 529``…
``revoked``               ``ok`` for the first request, then 401
``flaky``                 fails by chance: see the options ``rate``, ``seed`` and ``failures``
``429-retry-after``       429 with ``Retry-After`` (``retry_after``, default "7")
``429-retry-date``        429 with ``Retry-After`` as a date, ``retry_after`` seconds (default 30) from now
``context``               400 ``context_length_exceeded``
``quota``                 429 ``insufficient_quota``
``prompt-blocked``        the prompt is refused by a content policy
``html``                  a 200 web page
``html-502``              a 502 web page
``error-200``             a 200 JSON error body instead of a stream
``error-mid-stream``      half of the text, then an error object in the stream
``overloaded-mid-stream`` half of the text, then the stream says that the vendor is overloaded
``counted-then-…``        usage in the first event, then: ``overloaded``, or half of the text and ``error``
``broken-json``           half of the text, then a data line that is not JSON
``u2028``                 text with U+2028, U+2029 and U+0085 unescaped
``unicode``               text in several scripts, sent in pieces that split characters
``empty``                 no text, finish ``stop``
``nothing``               a stream of zero bytes
``huge-token``            one token of 1 MB
``endless``               text until hung up on
``comments``              only comments (``: PROCESSING``) until released, then like ``ok``
``double-done``           ``[DONE]`` twice
``no-done``               no ``[DONE]``
``no-end``                neither finish reason nor ``[DONE]``: the stream just ends
``no-usage``              no usage
``usage-early``           usage in the first event
``usage-in-choice``       usage in the last choice's event
``absurd-usage``          negative and absurd figures
``refusal``               refusal text
``content-filter``        half of the text, finish ``content_filter``
``length``                finish ``length``
``reasoning``             reasoning (``reasoning``), then text
``reasoning-counted``     like ``reasoning``, and its tokens are counted
``cached``                a part of the prompt is counted as cached
``redirect``              307 to ``location`` (default http://example.invalid/)
``whole``                 one JSON object instead of a stream
``reason-everywhere``     a finish reason (``reason``) with every piece; a pause of ``pause_s`` in the middle, or
                          silence after ``stall_after`` pieces
``reason-first``          the finish reason in the first event only
``repeated-whole``        the whole text once more at the end
``repeated-start``        the first piece twice, in Anthropic's dialect
``error-field``           an error as a field of the event stream, then ``done``
``error-words``           half of the text, then an error event that holds words
``error-first``           an error object (``code``) as the first event
``error-document``        an error body labelled as a stream
``plain-words``           plain text with status 200
``words-between``         signs of life and plain words in place of data
``bom``                   a byte order mark at the start
``split-characters``      characters beyond the first plane as two escapes in two events
``split-bytes``           characters of several bytes cut between those in two events
``single-newlines``       one newline between events
``empty-errors``          an error without a word beside every piece
``done-alone``            the end without a finish reason
``done-quoted``           the end in quotation marks, then rubbish
``only-reasoning``        reasoning and no text
``reasoning-twice``       the same thought as reasoning and between marks in the text
``no-streams``            400 for a stream, ``whole`` without one
``refuses-parameter``     400 as long as the request has the parameter ``refused``
``no-blanks``             400 for a text of nothing but white space
``packed-once``           packed with gzip
``packed-twice``          packed with gzip twice: a few hundred bytes that would become 64 MB
``judge``                 an analysis of the answers in the prompt (:mod:`tests.upstream.judging`); with ``favours`` it
                          adds what the answer says that it reads ``first``; ``best`` is its suggestion
``429-retry-ms``          429 with ``retry-after-ms``
========================  ==============================================================================

**Options** of a script: ``text`` (str), ``texts`` (one for each request, the last for all that follow), ``reasoning``
(str), ``piece_chars`` (characters per event; default one word), ``delay_s`` (between events), ``first_delay_s``,
``gate_after`` (events of text after which it waits for a release; 0 is before the first; or a list of them, each with
a release of its own), ``finish`` (str), ``usage`` (dict, or None for none), ``cost`` (USD, reported as OpenRouter
does), ``retry_after`` (str), ``message`` (the vendor's words in an error), ``media`` (the content type, '' for none),
``location``, ``held_after`` (of ``calls``: events of calls after which it waits for a release), ``times`` and ``then``
(the behaviour for the first ``times`` requests, then ``then``, default ``ok``).
For ``flaky``: ``rate`` (of failures, default 0.3), ``seed`` (the same for the same seed, model and count of the
request) and ``failures`` (behaviours to draw from).

**Control**, as JSON over HTTP: ``POST /control/script`` {model: {behaviour, options…}}, ``POST /control/release``
{model}, ``POST /control/page`` {path, status, type, body} (what ``path``, with or without
a query, answers), ``POST /control/down`` and ``POST /control/up`` {provider}, ``POST /control/reset``,
``GET /control/ledger``, ``GET /control/ledger?model=…``, ``GET /healthz``.
"""

from tests.upstream.client import Entry, Upstream

__all__ = ["Entry", "Upstream"]
