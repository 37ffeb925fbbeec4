"""Units of measurement as data: what they measure and how many base units they are."""

import re
from typing import NamedTuple

from apps.fusion.patterns import any_of, in_small_letters


class Unit(NamedTuple):
    """``low`` and ``high`` differ where a unit is ambiguous (ton) or irregular (month)."""

    dimension: str
    name: str
    low: float
    high: float
    offset: float = 0.0


# dimension | names | factor, or lowest and highest factor | offset. The first name is the one shown. A unit has two
# factors where one word means two: US and imperial gallons, short and long tons, 1000 or 1024, 28 to 31 days.
_TABLE = """
length | mm millimeter millimeters millimetre millimetres millimètres milímetros millimetri миллиметров мм 毫米 | 0.001
length | cm centimeter centimeters centimetre centimetres zentimeter zentimetern centimètres centímetros \
centimetri сантиметров сантиметра см 厘米 公分 センチメートル センチ | 0.01
length | m meter meters metre metres metern mètre mètres metro metros metri метр метра метров метрам м \
米 公尺 メートル | 1
length | km kilometer kilometers kilometre kilometres kilometern kilomètre kilomètres kilómetro kilómetros \
quilômetro quilômetros quilómetros chilometro chilometri километр километра километров км \
公里 千米 キロメートル キロ | 1000
length | ft foot feet fuß fuss | 0.3048
length | inches inch zoll | 0.0254
length | yd yard yards | 0.9144
length | mi mile miles meile meilen milles millas miglia milhas миль | 1609.344
length | light-years lightyears lightyear lichtjahre lichtjahren | 9.4607e15
length | µm μm micrometers micrometres micrometer mikrometer micromètres micrómetros мкм 微米 | 0.000001
length | nm nanometers nanometres nanometer nanomètres nanómetros нм 纳米 | 1e-9
area | km² km2 sq_km square_kilometers square_kilometres square_kilometer square_kilometre quadratkilometer \
quadratkilometern kilomètres_carrés kilómetros_cuadrados chilometri_quadrati quilômetros_quadrados \
квадратных_километров кв._км км² 平方公里 平方千米 平方キロメートル | 1000000
area | m² m2 sq_m square_meters square_metres square_meter square_metre quadratmeter quadratmetern mètres_carrés \
mètre_carré metros_cuadrados metro_cuadrado metri_quadrati metro_quadrato metros_quadrados metro_quadrado \
квадратных_метров квадратных_метра квадратный_метр кв._м м² 平方米 平方公尺 平方メートル | 1
area | cm² cm2 sq_cm square_centimeters square_centimetres quadratzentimeter quadratzentimetern centimètres_carrés \
centímetros_cuadrados centimetri_quadrati centímetros_quadrados квадратных_сантиметров квадратных_сантиметра см² \
平方厘米 平方公分 平方センチメートル 平方センチ | 0.0001
area | mm² mm2 square_millimeters square_millimetres quadratmillimeter | 0.000001
area | ft² sq_ft square_feet square_foot | 0.09290304
area | in² sq_in square_inches square_inch | 0.00064516
area | yd² square_yards | 0.83612736
area | sq_mi square_miles quadratmeilen | 2589988
area | ha hectare hectares hektar | 10000
area | acres acre | 4046.86
volume | ml mL milliliter milliliters millilitre millilitres millilitern mililitros millilitri мл миллилитров 毫升 \
ミリリットル | 0.001
volume | cl cL centiliters centilitres zentiliter | 0.01
volume | dl dL deciliters decilitres deziliter | 0.1
volume | cm³ cm3 cubic_centimeters cubic_centimetres kubikzentimeter kubikzentimetern centimètres_cubes \
centímetros_cúbicos centimetri_cubi кубических_сантиметров см³ 立方厘米 立方センチメートル | 0.001
volume | dm³ dm3 cubic_decimeters kubikdezimeter | 1
volume | m³ m3 cubic_meters cubic_metres cubic_meter cubic_metre kubikmeter kubikmetern mètres_cubes metros_cúbicos \
metri_cubi кубических_метров кубометров м³ 立方米 立方メートル | 1000
volume | ft³ cubic_feet cubic_foot | 28.316846592
volume | in³ cubic_inches | 0.016387064
volume | cups cup | 0.2365882365 0.25
volume | tablespoons tablespoon tbsp | 0.0147867648 0.015
volume | teaspoons teaspoon tsp | 0.0049289216 0.005
volume | l L liter liters litre litres litern litro litros litri литр литра литров л 升 リットル | 1
volume | gallons gallon | 3.785 4.546
mass | mg milligram milligrams milligramm | 0.000001
mass | g gram grams gramm gramme grammes gramo gramos grammo grammi grama gramas грамм граммов г 克 グラム | 0.001
mass | kg kilogram kilograms kilo kilos kilogramm kilogramme kilogrammes kilogramos chili chilogrammi quilos \
quilogramas килограмм килограмма килограммов кг 公斤 千克 キログラム | 1
mass | lb lbs pound pounds | 0.4536
mass | oz ounce ounces | 0.02835
mass | t tonne tonnes tonelada toneladas tonnellata tonnellate тонна тонны тонн 吨 トン | 1000
mass | tons ton tonnen | 907 1016
temperature | °C ℃ celsius degrees_celsius degree_celsius grad_celsius degrés_celsius grados_celsius gradi_celsius \
graus_celsius градусов_цельсия градуса_цельсия 摄氏度 | 1 | 273.15
temperature | °F fahrenheit degrees_fahrenheit degree_fahrenheit grad_fahrenheit | 0.5555555 | 255.3722
temperature | K kelvin | 1
duration | ms milliseconds millisekunden | 0.001
duration | seconds second s sec secs sekunde sekunden secondes segundo segundos secondi секунд секунды 秒 | 1
duration | minutes minute min mins minuten minuto minutos minuti мин минут минуты минуту 分钟 分 | 60
duration | hours hour h hr hrs std stunde stunden heure heures hora horas ora ore ч час часа часов 小时 時間 | 3600
duration | days day tage tag tagen jour jours día días giorno giorni dia dias день дня дней 天 日間 | 86400
duration | weeks week wochen woche semaine semaines semana semanas settimana settimane неделя недели недель 周 \
週間 | 604800
duration | months month monate monat monaten mois mes meses mese mesi mês месяц месяца месяцев 个月 か月 ヶ月 | \
2419200 2678400
duration | years year yrs jahre jahr jahren ans an année années año años anno anni ano anos год года лет 年间 | \
31536000 31622400
duration | decades decade jahrzehnte jahrzehnten | 315360000 316224000
speed | km/h kmh kph kilometers_per_hour kilometres_per_hour km_per_hour kilometers_an_hour kilometres_an_hour \
kilometer_pro_stunde stundenkilometer km_pro_stunde kilomètres_par_heure km_par_heure kilómetros_por_hora \
km_por_hora quilômetros_por_hora chilometri_all'ora км/ч километров_в_час км_в_час 公里每小时 | 0.2777778
speed | mph miles_per_hour miles_an_hour meilen_pro_stunde | 0.44704
speed | m/s meters_per_second metres_per_second m_per_second meter_pro_sekunde mètres_par_seconde \
metros_por_segundo metri_al_secondo м/с метров_в_секунду 米每秒 | 1
speed | km/s kilometers_per_second kilometres_per_second kilometer_pro_sekunde | 1000
speed | miles_per_second mi/s | 1609.344
speed | knots knot kn | 0.5144444
speed | ft/s feet_per_second | 0.3048
acceleration | m/s² m/s^2 meters_per_second_squared metres_per_second_squared | 1
force | N newton newtons ньютонов Н 牛顿 牛 ニュートン | 1
force | kN kilonewtons kilonewton | 1000
pressure | Pa pascal pascals | 1
pressure | kPa kilopascals | 1000
pressure | bar | 100000
pressure | atm atmospheres | 101325
frequency | Hz hertz | 1
frequency | kHz kilohertz | 1000
voltage | V volt volts | 1
current | ampere amperes amps amp | 1
current | mA milliamps milliamperes | 0.001
resistance | Ω ohm ohms | 1
substance | mol moles mole | 1
molar mass | g/mol grams_per_mole | 1
density | g/cm³ g/cm3 | 1000
density | kg/m³ kg/m3 | 1
energy | kWh kilowatt-hours kilowattstunden | 3600000
energy | kJ kilojoule kilojoules | 1000
energy | J joule joules | 1
energy | kcal kilocalories kilokalorien | 4184
power | W watt watts | 1
power | kW kilowatt kilowatts | 1000
power | MW megawatt megawatts | 1000000
power | GW gigawatt gigawatts | 1000000000
data | MB megabytes megabyte | 1
data | GB gigabytes gigabyte | 1000 1024
data | TB terabytes terabyte | 1000000 1048576
percent | % ％ percent prozent per_cent pour_cent por_ciento per_cento por_cento процент процента процентов | 1
USD | $ US$ USD dollars dollar dólares dólar dollari долларов доллара 美元 ドル | 1
EUR | € EUR euros euro евро 欧元 ユーロ | 1
GBP | £ GBP | 1
JPY | ¥ JPY yen 日元 円 | 1
CNY | 元 yuan CNY RMB | 1
CHF | CHF franken | 1
INR | ₹ INR rupees rupee | 1
RUB | ₽ рублей рубля рубль rubles RUB руб. | 1
BRL | R$ BRL reais | 1
AUD | A$ AU$ AUD | 1
CAD | C$ CA$ CAD | 1
HKD | HK$ HKD | 1
NZD | NZ$ NZD | 1
SGD | S$ SGD | 1
cents | ¢ cents cent centimes céntimos centavos centesimi центов цента центы 美分 セント | 1
angle | degrees degree ° grad degrés grados gradi graus градусов градуса градус 度 | 1
"""

_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff℃％]")
_SIGNED = re.compile(r"[^a-zäöüßà-ÿа-я_-]|^(?:mm|cm|m|km|ft|mi|yd|ha|l|L|ml|mg|g|kg|lb|lbs|oz|t|h|s|ms|min)$")
"""Symbols keep their case (``K``, ``MW``); words do not care."""


def _rows() -> list[tuple[str, Unit]]:
    rows = []
    for line in _TABLE.strip().splitlines():
        dimension, names, factors, *offset = [cell.strip() for cell in line.split("|")]
        low, *high = [float(factor) for factor in factors.split()]
        first = names.split()[0].replace("_", " ")
        unit = Unit(dimension, first, low, high[0] if high else low, float(offset[0]) if offset else 0.0)
        rows += [(name.replace("_", " "), unit) for name in names.split()]
    return rows


UNITS = dict(_rows())
OF_DOLLARS = r"(?<!\$)(?:US|R|(?-i:AU?|CA?|HK|NZ|S))"
"""The letters before a dollar sign that say whose money it is, as a part of patterns; "$A$5" is a cell of a table."""
CURRENCIES = frozenset(unit.dimension for unit in UNITS.values() if unit.dimension.isupper())


def _pattern() -> str:
    dense = [name for name in UNITS if _DENSE.search(name)]
    spaced = [name for name in UNITS if not _DENSE.search(name)]
    symbols = [re.escape(name) for name in spaced if _SIGNED.search(name.replace(" ", "_"))]
    names = [name for name in spaced if not _SIGNED.search(name.replace(" ", "_"))]
    # The longest first: an alternation takes the first that fits, and "m" would hide "mm".
    longest = [any_of(dense), "|".join(sorted(symbols, key=len, reverse=True)), any_of(names)]
    # Scripts without spaces go on behind a unit; in the others a word ends there.
    return f"(?:{longest[0]}|(?:{longest[1]}|(?i:{longest[2]}))(?![^\\W_\u3040-\u30ff\u3400-\u9fff]|[²³]))"


AFTER_NUMBER = re.compile(rf"[\s\u00a0\u202f]{{0,2}}-?({_pattern()})")
"""A unit, with the space or hyphen between it and its number."""


def unit_called(name: str) -> Unit:
    """Return the unit for a name as ``AFTER_NUMBER`` matched it."""
    name = " ".join(name.split())
    return UNITS.get(name) or UNITS[in_small_letters(name)]
