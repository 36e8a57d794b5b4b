// Asks the shop's API how many of this product are left, and shows the answer.

const stock = document.getElementById("stock");

function sentence({ stock: left, delivery_date: day }) {
  if (!left) return stock.dataset.none;
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", day: "numeric", month: "long" });
  return stock.dataset.left.replace("{n}", left).replace("{day}", format.format(new Date(`${day}T12:00:00`)));
}

async function askWarehouse() {
  const answer = await fetch(stock.dataset.url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`The stock API answered ${answer.status}.`);
  return answer.json();
}

async function showStock() {
  try {
    const facts = await askWarehouse();
    stock.textContent = sentence(facts);
    stock.dataset.state = facts.stock ? "left" : "none";
  } catch {
    stock.textContent = stock.dataset.failed;
    stock.dataset.state = "failed";
  }
}

if (stock) showStock();
