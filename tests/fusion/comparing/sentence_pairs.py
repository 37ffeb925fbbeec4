"""Labelled pairs of sentences: do they contradict each other in a number, a date or a negation?"""

CONFLICTS = (
    ("The capital of Australia is Canberra.", "The capital of Australia is Sydney."),
    ("The Eiffel Tower is 324 meters tall.", "The Eiffel Tower is 300 meters tall."),
    ("The Eiffel Tower is 324 metres tall.", "The height of the Eiffel Tower is 986 feet."),
    ("The Eiffel Tower was completed in 1889.", "The Eiffel Tower was completed in 1887."),
    ("The Eiffel Tower opened on March 31, 1889.", "The Eiffel Tower opened in 1890."),
    ("Der Eiffelturm wurde am 31. März 1889 eröffnet.", "Der Eiffelturm wurde 1887 eröffnet."),
    ("Der Eiffelturm ist 324 Meter hoch.", "Die Höhe des Eiffelturms beträgt 300 Meter."),
    ("Water boils at 100 °C at sea level.", "At sea level, water boils at 90 °C."),
    ("The solar system has eight planets.", "There are 9 planets in the solar system."),
    ("An adult human body has 206 bones.", "The adult human body has 208 bones."),
    ("Mount Everest is 8,849 metres high.", "Mount Everest is 27,000 feet high."),
    ("The marathon distance is 42.195 km.", "The marathon distance is 25 miles."),
    ("The population of Berlin is about 3.7 million.", "Berlin has a population of 2 million."),
    ("Light travels at 299,792 km/s.", "Light travels at 150,000 km/s."),
    ("Tomatoes are safe for dogs.", "Tomatoes are not safe for dogs."),
    ("The Great Wall of China is visible from space.", "The Great Wall of China is not visible from space."),
    ("Der Wal ist ein Fisch.", "Der Wal ist kein Fisch."),
    ("Bats are blind.", "Bats aren't blind."),
    ("The vaccine is effective in 95 % of cases.", "The vaccine is effective in 70 percent of cases."),
    ("The bridge weighs 50,000 tonnes.", "The weight of the bridge is 20,000 tons."),
    ("Die Stadt hat 1.200.000 Einwohner.", "Die Stadt hat 800.000 Einwohner."),
    ("The Berlin Wall fell in 1989.", "The Berlin Wall fell in 1991."),
    ("The film runs for 2 hours.", "The film runs for 150 minutes."),
    ("World War I lasted from 1914 to 1918.", "World War I lasted from 1939 to 1945."),
    ("The tower contains over 1,000 steps.", "The tower contains 700 steps."),
    ("The Treaty of Versailles was signed in 1919.", "The Treaty of Versailles was signed on 28 June 1920."),
    ("The contract is legal.", "The contract is illegal."),
)
"""Pairs that do; several of them miss because the rules abstain."""

NO_CONFLICTS = (
    ("The Eiffel Tower is 324 meters tall.", "The height of the Eiffel Tower is 1,063 feet."),
    ("The Eiffel Tower was completed in 1889.", "The Eiffel Tower was completed on March 31, 1889."),
    ("Der Eiffelturm wurde 1889 eröffnet.", "Der Eiffelturm wurde am 31. März 1889 eröffnet."),
    ("The Eiffel Tower is about 300 meters tall.", "The Eiffel Tower is 324 meters tall."),
    ("Construction of the Eiffel Tower began in 1887.", "Construction of the Eiffel Tower was completed in 1889."),
    ("Water boils at 100 °C.", "Water boils at 212 °F."),
    ("Die Stadt hat 1.200.000 Einwohner.", "Die Stadt hat 1,2 Millionen Einwohner."),
    ("The population of Paris in France is 2.1 million.", "The population of Lyon in France is 0.5 million."),
    ("He is not only a physicist but a chemist.", "He is a physicist and a chemist."),
    ("It is not impossible to reach the summit.", "It is possible to reach the summit."),
    ("Es ist nicht unmöglich, den Gipfel zu erreichen.", "Es ist möglich, den Gipfel zu erreichen."),
    ("Er ist nicht nur Arzt, sondern auch Autor.", "Er ist Arzt und auch Autor."),
    ("Apollo 11 landed on the Moon in 1969.", "Apollo 12 landed on the Moon in November 1969."),
    ("In 2010 the city had 8.1 million inhabitants.", "In 2020 the city had 8.8 million inhabitants."),
    ("The tower is 300 m tall without its antenna.", "The tower is 324 m tall."),
    ("The ticket costs $5.", "The ticket costs 4 euros."),
    ("The marathon distance is 42.195 km.", "The marathon distance is 26.2 miles."),
    ("The room is 20 m long.", "The room is 5 m wide."),
    ("The museum has more than 300 paintings.", "The museum has 380 paintings."),
    ("The river is 10 to 20 km long.", "The river is 15 km long."),
    ("The tower was built in the 1880s.", "The tower was built in 1889."),
    ("The tower was built in the 19th century.", "The tower was built in 1889."),
    ("Mount Everest is 8,848.86 m high.", "Mount Everest is 8,849 metres high."),
    ("The film runs for 2 hours and 30 minutes.", "The film runs for 150 minutes."),
    ("The average adult sleeps 7 hours.", "The average adult needs 2 litres of water."),
    ("There are no more than 300 seats in the hall.", "The hall has 280 seats."),
    ("Paris is the capital of France.", "Paris is not just the capital of France."),
    ("Der Turm ist 1.063 Fuß hoch.", "Der Turm ist 324 Meter hoch."),
    ("Not all birds can fly.", "Some birds can fly."),
    ("The company has 1 500 employees.", "The company has 1,500 employees."),
    ("Einstein was born in 1879.", "Einstein died in 1955."),
    ("The bridge is not made of wood but of steel.", "The bridge is made of steel."),
    ("Vitamin C does not cure colds, although it may shorten them.", "Vitamin C may shorten colds."),
    ("The Boeing 747 has four engines.", "The Boeing 777 has two engines."),
)
"""Pairs that do not: units, rounding, other subjects, \"not only\", double negation."""

OTHER_POINTS = (
    ("Three rivers in Germany are", "The Rhine River runs through Germany from the north to the south."),
    ("Three rivers flow in Germany.", "The Rhine River runs through Germany from the north to the south."),
    (
        "Three rivers in Germany are the Rhine, Elbe and Danube.",
        "Three rivers in Germany are the Rhine, Elbe and Weser.",
    ),
    ("Three rivers in Germany are the following:", "Three rivers in Germany are the Rhine, Elbe and Weser."),
    ("Three rivers in Germany include:", "Three rivers in Germany are"),
    ("Here are three rivers in Germany:", "Here are three rivers in Germany:"),
    ("Drei Flüsse in Deutschland sind:", "Drei Flüsse in Deutschland sind:"),
    ("The Mona Lisa was painted by Leonardo da Vinci.", "The Mona Lisa was painted by Michelangelo."),
    ("The museum is large.", "The museum shows old paintings from Italy, France and Spain."),
)
"""Pairs that do not say the same and do not contradict each other either; some of them say nothing at all."""

SAME_POINTS = (
    ("Paris is the capital of France.", "The capital of France is Paris."),
    ("The longest is the Rhine.", "The longest of them within Germany is the Rhine with about 865 km."),
    ("The Mona Lisa was painted by Leonardo da Vinci.", "Leonardo da Vinci painted the Mona Lisa."),
    ("The Rhine, the Elbe and the Danube are rivers.", "Rivers are the Danube, the Elbe and the Rhine."),
    ("The solar system has eight planets:", "There are eight planets in the solar system."),
    ("Der Rhein ist der längste Fluss in Deutschland.", "Der längste Fluss in Deutschland ist der Rhein."),
)
"""Pairs that say the same in other words or another order."""

UNSEEN_CONFLICTS = (
    ("The Amazon River is 6,400 km long.", "The length of the Amazon River is 7,000 km."),
    ("Penicillin was discovered in 1928.", "Penicillin was discovered in 1945."),
    ("Honey never spoils.", "Honey spoils."),
    ("A blue whale can weigh up to 190 tonnes.", "A blue whale can weigh 400 tonnes."),
    ("The Titanic sank on 15 April 1912.", "The Titanic sank in 1915."),
    ("The human heart has four chambers.", "The human heart has three chambers."),
    ("Der Rhein ist 1.233 Kilometer lang.", "Der Rhein hat eine Länge von 865 Kilometern."),
    ("Die Berliner Mauer fiel am 9. November 1989.", "Die Berliner Mauer fiel im Jahr 1990."),
    ("Glass is a liquid.", "Glass is not a liquid."),
    ("The Colosseum could hold 50,000 spectators.", "The Colosseum could hold about 80,000 spectators."),
    ("Gold melts at 1,064 °C.", "Gold melts at 1,200 degrees Fahrenheit."),
    (
        "Das Medikament ist während der Schwangerschaft sicher.",
        "Das Medikament ist während der Schwangerschaft nicht sicher.",
    ),
    ("The Golden Gate Bridge opened in May 1937.", "The Golden Gate Bridge was opened to traffic in 1933."),
    ("Mozart wrote 41 symphonies.", "Mozart composed 50 symphonies."),
    ("The speed limit is 50 km/h.", "The speed limit is 50 mph."),
)
"""Written after the rules, and not used to tune them."""

UNSEEN_NO_CONFLICTS = (
    ("The Amazon River is 6,400 km long.", "The Amazon River is about 4,000 miles long."),
    ("Honey never spoils.", "Honey does not spoil."),
    ("The Titanic sank on 15 April 1912.", "The Titanic sank in April 1912."),
    ("Der Rhein ist 1.233 Kilometer lang.", "Der Rhein ist rund 1230 km lang."),
    ("The recipe needs 2 eggs.", "The recipe needs 200 g of flour."),
    ("The first edition appeared in 1859.", "The second edition appeared in 1860."),
    ("The left bank is 3 km long.", "The right bank is 4 km long."),
    ("Gold melts at 1,064 °C.", "Gold melts at 1,948 °F."),
    ("Python 2 was released in 2000.", "Python 3 was released in 2008."),
    ("Das ist nicht ungewöhnlich.", "Das ist üblich."),
    ("She is no longer the chair of the board.", "She was the chair of the board."),
    ("The temperature rises to 30 °C in July.", "The temperature falls to 5 °C in January."),
    ("The train takes 90 minutes.", "The train takes an hour and a half."),
    ("GDP grew by 2 % in 2021.", "GDP grew by 3 % in 2022."),
    ("Der Verein hat nicht nur 300 Mitglieder, sondern auch 40 Ehrenmitglieder.", "Der Verein hat 300 Mitglieder."),
)
"""Likewise."""

TWO_THINGS = """
Black pepper is grown in the south of India. / White pepper is grown in the south of India.
Red wine contains tannins from the skins. / White wine contains tannins from the skins.
Hot water dissolves sugar quickly. / Cold water dissolves sugar quickly.
The ingredient of the sauce is Basil. / The ingredient of the sauce is Garlic.
The author of Tom Sawyer is Mark Twain. / The author of Tom Sawyer is Samuel Clemens.
Tom Sawyer was written by Mark Twain. / Tom Sawyer was written by Samuel Clemens.
The north tower is open to visitors. / The south tower is open to visitors.
Old houses need much care. / New houses need much care.
The left lung filters air. / The right lung filters air.
The member of the band is Ringo. / The member of the band is Paul.
Le vin rouge contient des tannins. / Le vin blanc contient des tannins.
El vino rojo contiene taninos. / El vino blanco contiene taninos.
Schwarzer Tee enthält Koffein. / Weißer Tee enthält Koffein.
Alte Autos brauchen viel Pflege. / Neue Autos brauchen viel Pflege.
黑胡椒产于印度南部。 / 白胡椒产于印度南部。
He likes red wine with his dinner. / He likes white wine with his dinner.
Before the war he lived in Paris. / After the war he lived in Paris.
In the north of India pepper is grown. / In the south of India pepper is grown.
The capital of Kazakhstan is Astana. / The capital of Kazakhstan is Nursultan.
The largest city of Vietnam is Saigon. / The largest city of Vietnam is Ho Chi Minh City.
The first emperor of Rome was Augustus. / The first emperor of Rome was Octavian.
The singer of the song is Eminem. / The singer of the song is Marshall Mathers.
The mayor of the capital is Anna Berg. / The mayor of the capital is Ben Lind.
Black bears eat berries. / Brown bears eat berries.
Strong acids conduct electricity. / Weak acids conduct electricity.
Green tea contains caffeine. / Black tea contains caffeine.
Female spiders spin webs. / Male spiders spin webs.
La torre norte está abierta al público. / La torre sur está abierta al público.
Even numbers can be written as sums. / Odd numbers can be written as sums.
Open systems exchange energy. / Closed systems exchange energy.
The fruit of the tree is Apple. / The fruit of the tree is Cherry.
The founder of the empire is Temujin. / The founder of the empire is Genghis Khan.
The capital of Ukraine is Kyiv. / The capital of Ukraine is Kiev.
The telephone was invented by Bell. / The telephone was invented by Bel.
"""
"""Pairs, a line each, that speak of two things, of one of several, or of one by two names."""

ONE_THING = """
The capital of Australia is Canberra. / The capital of Australia is Sydney.
The river flows north. / The river flows south.
The theory was proposed by Wegener. / The theory was proposed by Lyell.
The sky on the planet is red. / The sky on the planet is blue.
The winner of the cup is Germany. / The winner of the cup is Brazil.
The largest planet is Jupiter. / The largest planet is Saturn.
Le ciel est rouge. / Le ciel est bleu.
All rooms have a balcony. / Some rooms have a balcony.
Столица страны — Осло. / Столица страны — Берген.
The drug is safe during pregnancy. / The drug is dangerous during pregnancy.
The door on the stage is the left one. / The door on the stage is the right one.
"""
"""Pairs like those of which only one can be true."""
