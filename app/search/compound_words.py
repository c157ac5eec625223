"""The words that German compounds of this field are made of.

A curated list, not a dictionary: only what stands in titles of courses, clubs and counselling
services. A word is given in the form in which it stands *inside* a compound (``sprach``, ``schul``)
as well as alone (``sprache``, ``schule``); the joints (``s``, ``n``, ``en`` …) are known to
`app.search.analysis`. Add a word here when a compound is not found by its parts.
"""

from __future__ import annotations

from typing import Final

COMPOUND_PARTS: Final = """
abend abitur abschluss adventist akademie alltag alltags alpha alphabet alphabetisierung
alphabetisierungs alt alten altenpflege alter alters ambulanz amt amts anerkennung anfänger angebot
angehörigen anmeldung arbeit arbeiter arbeits arbeitslosen arzt asyl aufbau auftakt ausbildung
ausländer aussen auszeit auto baby bad ball ballett basis basketball bastel basteln bau
beachvolleyball beamte begegnung begegnungs beginn begleit begleiter begleitung behinderten behörden
beirat berater beratung beratungs beruf berufs beste besuch besuchs betreuung betreuungs bewegung
bewegungs bewerber bewerbung bewerbungs bibliothek bildung bildungs bläser boot box brett brücke
brücken buch bund bunt bücher bücherei bühne bürger büro cafe café camp chor christen club computer
dach demenz deutsch dialog dienst dienste digital dolmetscher dorf drogen ehe ehren ehrenamt
ehrenamts einbürgerung einsteiger einstieg eis elektro eltern englisch entspannung erfahrung
erholung ernährung erst erwachsenen erzieher erziehung erziehungs essen europa fach fachkräfte fahr
fahrer fahrrad familie familien feier ferien fest feuerwehr film finanz fitness flucht flüchtling
flüchtlings forum foto frau frauen freiwilligen freizeit freund freundes freundschaft freundschafts
friseur früh frühstück fussball förder fördern förderung führerschein führung garten gast
gastronomie gebet gebets geburt geburts gedächtnis geflüchteten gehörlosen geist geld gemeinde
gemeinschaft gemeinschafts generation generationen gericht gesang gesellschaft gesellschafts
gespräch gesprächs gesund gesundheit gesundheits gewalt gitarre gottesdienst grund grundschul gruppe
gruppen gymnastik gärten gäste halle hand handarbeit handball handel handwerk handwerks hauptschul
haus hausaufgaben haushalt hebamme heim heimat helfer hilfe hilfs hobby hochschul hof holz hort
hospiz hotel hund hunde häuser hütte imbiss impf industrie info informatik information informations
initiative inklusion inklusions insel instrument instrumenten integration integrations internet jahr
jahres job judo jugend jugendlichen junge jungen kaffee kampf karate karneval karten kegel keller
kind kinder kinderbetreuung kindergarten kino kirche kirchen kita klasse klassen kleider
kleiderkammer klein kleingarten klub koch kochen kontakt konto kontor konversation konversations
konzert koordination kranken krankenhaus krankenkasse krankenpflege kreativ kreis krise krisen
kultur kunden kunst kurs kurse küche laden lager land landes lauf laufen leben lebens lehr lehrer
leicht leiter lern lernen lese lesen literatur logistik lohn lokal lotse lotsen mal malen maler
markt mathe medien medizin meister mensch menschen messe metall miet mieter migranten migrantinnen
migration migrations mittag mittags mobil mode motorik museum museums musik mutter muttersprach
mädchen männer mütter nach nachbar nachbarn nachbarschaft nachbarschafts nachhilfe nachmittag nacht
natur netz netzwerk not näh nähen nähstube oper orchester organisation orientierung orientierungs
ort paar paten patenschaft pflege plan platz politik polizei post praktikum praxis probe projekt
prüfung prüfungs psycho rad rat rathaus raum realschul rechen recht rechts reise reit religion
renten reparatur rhythmus ruder runde rück sach samstag sauna schach schau schiff schlichtung
schreib schreiben schul schulden schule schutz schwangeren schwangerschaft schwangerschafts schwimm
schwimmen schüler seel seelsorge segel selbst selbsthilfe senioren sicherheit sing singe singen sitz
sommer sonder sonderpädagogik sonntag sonntags sozial spiel spiele spielen sport sprach sprache
sprachen stadt stadtteil stamm stammtisch start stelle stellen steuer stiftung stille strassen stube
stuben studenten studien studium stunde stunden such sucht suppen tafel tag tages tandem tanz taub
tausch team technik teilhabe tennis text theater therapie tier tiere tisch tischtennis tor trainer
training trainings trauer trauma treff treffen treffpunkt trommel turn turnen tutor tänzer umwelt
unfall universität unterhalt unterkunft unterricht unterrichts unterstützung vater verband
verbraucher verein vereine vereins verfahren verkauf verkehr verkehrs vermittlung versicherung
versicherungs vertrag volk volks volkshochschul volkshochschule volley volleyball vor vorbereitung
vorbereitungs vorlese vorlesen vormittag vorschul väter wander wandern wasser weg wege weihnacht
weihnachts weiterbildung welt werk werkstatt wert wieder wiese winter wirtschaft wirtschafts wissen
woche wochen wochenende wohn wohnen wohnheim wohnung wohnungs yoga zahn zeichen zeichnen zeit
zeitung zentrum ziel zirkus zoo zu zukunft zukunfts zweit zweitschrift übersetzung übung übungs
"""
"""Separated by white space; written with umlauts, folded when loaded."""

KEEP_WHOLE: Final = """
mannheim kirchheim heidenheim rosenheim hildesheim weinheim ostfildern plochingen reichenbach
deutschland deutschlands studentenwerk termine beispiel fachlich sachsen
"""
"""Names and words that look like compounds of the above and are none."""

JOINTS: Final = ("", "s", "es", "n", "en", "er", "e")
"""What German puts between the parts of a compound."""

STEM_EXCEPTIONS: Final = ("kurs", "puls", "hals", "fels")
"""Nouns in -s whose last letter the stemmer takes for an ending (Kurs → kur, but Kurse → kurs)."""
