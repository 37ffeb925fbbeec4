"""Refusals in words: an answer that says only that it will not or cannot answer."""

import re

LONGEST = 700
"""Characters up to which an answer that opens as a refusal is one; a longer one goes on to say something."""

_OPENING = re.compile(
    r"""[\s*_"“>#]*(?:
      (?:(?:i['’]?m|i\s+am|we['’]?re|we\s+are)\s+(?:very\s+|so\s+|really\s+|truly\s+)?sorry|sorry|i\s+apologi[sz]e|my\s+apologies|apologies|unfortunately)[,.;:!—–-]*\s*
        (?:but\s+|however,?\s+|for\s+(?:any|the)\s+[^.,]{0,40}[.,]\s*)?(?:as\s+an?\s+[^,.]{1,60},\s*)?
        (?:i|we)(?:\s+am|\s+are|['’]m|['’]re)?\s*(?:really\s+|just\s+)?
        (?:can['’]?t|cannot|can\s+not|won['’]?t|will\s+not|unable\s+to|not\s+able\s+to|not\s+allowed\s+to|must\s+decline|have\s+to\s+decline|do\s+not|don['’]?t|could\s+not|couldn['’]?t)
    | (?:as\s+an?\s+(?:ai|a\.i\.|artificial|language|large)\b[^,.]{0,80},\s*)?
        i\s*(?:['’]m\s+|\s*am\s+)?(?:can['’]?t|cannot|can\s+not|won['’]?t|will\s+not|am\s+unable\s+to|unable\s+to|not\s+able\s+to|must\s+decline|have\s+to\s+decline|decline\s+to|refuse\s+to|am\s+not\s+able\s+to|am\s+not\s+allowed\s+to)\s+
        (?:to\s+)?(?:help|assist|provide|answer|comply|fulfil|fulfill|do\s+that|do\s+this|give|share|discuss|create|write|generate|engage|support|continue|respond|offer|participate)
    | i\s+(?:must|have\s+to|need\s+to)\s+(?:respectfully\s+)?decline
    | (?:es\s+)?tut\s+mir\s+leid[,.;]?\s*(?:aber\s+)?(?:ich|das|dabei|damit|diese)\b[^.]{0,60}\b(?:nicht|kein)
    | (?:leider\s+)?(?:kann|darf|möchte|werde)\s+ich\s+(?:dir|ihnen|dabei|damit|das|diese[rsnm]?|darauf|leider)\b
      [^.]{0,60}\b(?:nicht|keine)
    | ich\s+(?:kann|darf|werde)\s+(?:dir|ihnen|dabei|damit|das|diese[rsnm]?|darauf|leider)\b[^.]{0,60}\b(?:nicht|keine)
    | (?:je\s+suis\s+)?(?:désolée?|navrée?)[,.;]?\s*(?:mais\s+)?je\s+ne\s+(?:peux|suis|pourrai|puis)
    | je\s+ne\s+(?:peux|puis)\s+(?:pas\s+)?(?:vous\s+|t['’])?(?:aider|répondre|fournir|satisfaire)
    | lo\s+(?:siento|lamento)[,.;]?\s*(?:pero\s+)?no\s+(?:puedo|me\s+es|podré)
    | no\s+puedo\s+(?:ayudar|responder|proporcionar|cumplir)
    | mi\s+dispiace[,.;]?\s*(?:ma\s+)?non\s+(?:posso|sono)
    | non\s+posso\s+(?:aiutar|rispond|fornir)
    | (?:desculpe|lamento|sinto\s+muito)[,.;]?\s*(?:mas\s+)?(?:eu\s+)?não\s+(?:posso|consigo)
    | não\s+posso\s+(?:ajudar|responder|fornecer)
    | (?:к\s+сожалению|извините|простите)[,.]?\s*(?:но\s+)?я\s+не\s+(?:могу|буду|в\s+состоянии)
    | я\s+не\s+могу\s+(?:помочь|ответить|предоставить)
    | (?:很抱歉|抱歉|对不起|不好意思)[，,。]?\s*(?:但)?(?:我|这)[^。]{0,12}(?:不能|无法|不可以|没办法)
    | 我(?:不能|无法)(?:帮助|提供|回答|协助)
    | (?:申し訳(?:ありません|ございません|ない)|すみません|ごめんなさい)[^。]{0,40}
      (?:できません|できかね|お答え|応じられ|お手伝い)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\b(?:however|that\s+said|but\s+here|but\s+i\s+can\b(?!['’]t|\s*not)|what\s+i\s+can|in\s+general|generally|the\s+answer\s+is|"
    r"jedoch|allerdings|cependant|sin\s+embargo|tuttavia|no\s+entanto|однако)\b|(?:但是|不过|ただし)",
    re.IGNORECASE,
)


def is_refusal(text: str) -> bool:
    """Return whether an answer only refuses: it opens as a refusal, is short, and says nothing else after a "however".

    "The city cannot be reached by train" is none, and "I can't verify this, but the answer is 5" is none either.
    """
    if len(text) > LONGEST + 200 or len(text.strip()) > LONGEST:
        return False
    return bool(_OPENING.match(text)) and not _GOES_ON.search(text)
