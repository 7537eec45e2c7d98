/** What the newsroom writes with: templates per category and the words that fill their `{slots}`. All invented. */
import type { NewsCategory } from '../shared/contract.ts'

export interface StoryTemplate {
  headline: string
  summary: string
}

export const WORDS = {
  town: [
    'Ashford Bay',
    'Brindle Cross',
    'Calder Mills',
    'Dunmere',
    'Elmhaven',
    'Fairholt',
    'Granby Sound',
    'Harrow Point',
    'Kestrel Falls',
    'Linden Quay',
    'Marlow Heights',
    'Northgate',
    'Oakridge',
    'Port Alder',
    'Silverlake',
    'Whitcombe',
  ],
  team: [
    'Alder United',
    'Bay Rovers',
    'Calder Comets',
    'Dunmere Athletic',
    'Elmhaven Larks',
    'Granby Gulls',
    'Harrow Herons',
    'Kestrel City',
    'Linden Lions',
    'Northgate Town',
    'Oakridge Owls',
    'Silverlake Swifts',
  ],
  person: [
    'Mara Lindqvist',
    'Tomas Adeyemi',
    'Ines Okafor',
    'Jonah Petrov',
    'Leila Haddad',
    'Anton Ferreira',
    'Sofia Brandt',
    'Kenji Moreau',
    'Priya Nilsen',
    'Oscar Delgado',
    'Hanna Yilmaz',
    'Ruben Castell',
  ],
  day: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  count: ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
  hundred: ['120', '180', '240', '310', '450', '620', '800', '950'],
  score: ['1:0', '2:1', '3:1', '3:2', '2:0', '4:2', '4:3', '5:1'],
  cool: ['2', '3', '4', '6', '7', '9'],
  mild: ['12', '13', '14', '16', '17', '18'],
  warm: ['22', '23', '25', '26', '28', '30'],
  wind: ['60', '70', '80', '90', '100', '110'],
  rain: ['15', '25', '35', '50', '65', '80'],
} as const satisfies Record<string, readonly string[]>

export type Slot = keyof typeof WORDS

export const STORIES: Record<NewsCategory, readonly StoryTemplate[]> = {
  breaking: [
    {
      headline: 'Power out in large parts of {town}',
      summary:
        'A fault in a substation cut off about {hundred} homes. Crews expect to be done within {count} hours.',
    },
    {
      headline: 'Ferry between {town} and {town2} stops after engine trouble',
      summary: 'All {hundred} passengers are safe and will be brought ashore by a second ship.',
    },
    {
      headline: 'Council of {town} agrees on a new bridge after {count} years of talks',
      summary: '"It was worth the wait," says {person}, who led the talks. Work begins in spring.',
    },
    {
      headline: 'Main line closed: goods train stuck near {town}',
      summary:
        'Trains to {town2} run {count} hours late or not at all. Buses leave from the square.',
    },
    {
      headline: 'Rare comet seen above {town}, {count} days early',
      summary:
        'Astronomer {person} spotted it first. It stays visible to the naked eye until {day}.',
    },
    {
      headline: 'Water in {town} must be boiled until {day}',
      summary: 'Routine samples were not clean. {hundred} households get bottled water for free.',
    },
    {
      headline: 'Fire in the old warehouse of {town} under control',
      summary: 'Nobody was hurt. {person} of the fire service thanks the {hundred} volunteers.',
    },
    {
      headline: 'Strike at the port of {town} called off',
      summary:
        'Both sides settled after {count} hours behind closed doors. Ships sail again today.',
    },
    {
      headline: 'Wolf seen in the centre of {town}',
      summary:
        'Rangers ask people to keep their distance. It was last seen on the road to {town2}.',
    },
    {
      headline: '{person} steps down as mayor of {town}',
      summary: 'The decision comes {count} months before the vote. A deputy takes over on {day}.',
    },
    {
      headline: 'Gold coins found under the market of {town}',
      summary: 'Workers came upon {hundred} of them while laying cables. A museum has been called.',
    },
    {
      headline: 'Data centre in {town} back after an outage of {count} hours',
      summary: 'Phones and payments in {town2} were down, too. The cause was a digger.',
    },
  ],
  sports: [
    {
      headline: '{team} beat {team2} {score}',
      summary: '{person} decided the game in stoppage time, in front of a sold-out house.',
    },
    {
      headline: '{team} throw away a lead against {team2}',
      summary: 'It took {count} minutes to turn the game around: {score} in the end.',
    },
    {
      headline: '{person} signs with {team} for {count} years',
      summary: '{team2} had made an offer as well. The club presents its new number 9 on {day}.',
    },
    {
      headline: '{person} wins the marathon of {town}',
      summary: 'With {count} seconds to spare, and {hundred} runners on the road behind.',
    },
    {
      headline: 'Derby in {town}: {team} meet {team2} on {day}',
      summary: 'All tickets went within {count} hours. {person} is fit again and may start.',
    },
    {
      headline: '{team} part with their coach',
      summary: 'After {count} defeats in a row, {person} takes over until the end of the season.',
    },
    {
      headline: 'Record: {person} swims across the bay of {town}',
      summary: 'It was the {count}-hour mark that nobody had broken. "Cold, but quiet."',
    },
    {
      headline: '{team} go through after a shoot-out with {team2}',
      summary: 'Keeper {person} stopped {count} shots. The draw for the next round is on {day}.',
    },
    {
      headline: 'Knee injury: {person} is out for {count} weeks',
      summary: '{team} will miss their captain when they play {team2} on {day}.',
    },
    {
      headline: 'Cycling: {person} takes the stage to {town}',
      summary: 'A solo of {count} kilometres over wet roads. The yellow jersey changes hands.',
    },
    {
      headline: 'Chess: {person} holds the title with a draw',
      summary: 'Game {count} ended after 74 moves, long after the hall in {town} had closed.',
    },
    {
      headline: '{team} top the table for the first time in {count} years',
      summary: 'A {score} against {team2} was enough. Fans celebrated in {town} until the morning.',
    },
    {
      headline: 'Rowing: {town} crew surprises the favourites',
      summary: '{person} and the eight were ahead by {count} lengths at the finish.',
    },
  ],
  weather: [
    {
      headline: 'Storm warning for {town}: gusts of {wind} km/h',
      summary: 'It comes in from the west tonight. Parks stay closed until {day}.',
    },
    {
      headline: 'Sunny spell in {town}, up to {warm} °C',
      summary: 'Hardly a cloud until {day}. After that it gets changeable from the coast.',
    },
    {
      headline: 'Fog slows the morning traffic around {town}',
      summary: 'Sight is below 80 metres in places. It should lift before noon.',
    },
    {
      headline: 'Heavy rain: {rain} mm expected in {town}',
      summary: 'The river rises, but stays below the mark. {town2} gets away with showers.',
    },
    {
      headline: 'First frost of the season in {town}',
      summary: 'Gardeners should cover their plants. By day it still reaches {cool} °C.',
    },
    {
      headline: 'Thunderstorms move from {town} to {town2}',
      summary: 'Hail is possible, gusts reach {wind} km/h. The worst is over within {count} hours.',
    },
    {
      headline: 'Snow on the hills above {town}',
      summary: '{count} centimetres lie on the pass road. Winter tyres are needed from {day}.',
    },
    {
      headline: 'Mild {day} ahead for {town}',
      summary: 'Clouds and sun take turns at {mild} °C, with a light wind from the south.',
    },
    {
      headline: 'Pollen: high count in {town} for {count} days',
      summary: 'Birch is at its peak. Rain on {day} will bring relief.',
    },
    {
      headline: 'Heat in {town}: {count} days in a row without wind',
      summary: 'The town opens cool rooms and asks people to look after their neighbours.',
    },
    {
      headline: 'Rainbow over {town2} after a wet day in {town}',
      summary: '{rain} mm fell in {count} hours. The night stays dry at {mild} °C.',
    },
    {
      headline: 'High tide: promenade of {town} under water',
      summary: 'It peaks {count} hours after sunset, with gusts of {wind} km/h from the sea.',
    },
  ],
}
