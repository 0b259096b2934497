# packages: scikit-learn
"""scikit-learn: preprocessing, several kinds of model, pipelines, cross-validation, metrics, pickling."""
import pickle
import warnings

import numpy as np
import sklearn
from sklearn import cluster, datasets, decomposition, ensemble, linear_model, metrics, model_selection, neighbors, svm, tree
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

print(sklearn.__version__)
np.set_printoptions(precision=5, suppress=True, linewidth=100)
iris = datasets.load_iris()
train_x, test_x, train_y, test_y = model_selection.train_test_split(iris.data, iris.target, test_size=0.4, random_state=0, stratify=iris.target)
print(train_x.shape, np.bincount(test_y))

print("-- classifiers")
models = [
    linear_model.LogisticRegression(max_iter=500),
    svm.SVC(kernel="rbf", gamma="scale", random_state=0),
    svm.LinearSVC(random_state=0),
    tree.DecisionTreeClassifier(max_depth=3, random_state=0),
    ensemble.RandomForestClassifier(n_estimators=20, random_state=0),
    ensemble.GradientBoostingClassifier(n_estimators=20, random_state=0),
    ensemble.HistGradientBoostingClassifier(max_iter=20, random_state=0),
    neighbors.KNeighborsClassifier(5, algorithm="ball_tree"),
]
for model in models:
    pipeline = make_pipeline(StandardScaler(), model).fit(train_x, train_y)
    print(f"{type(model).__name__:32} {pipeline.score(test_x, test_y):.4f}")
print(tree.export_text(models[3], feature_names=iris.feature_names, max_depth=1))
prediction = models[0].predict(StandardScaler().fit(train_x).transform(test_x))
print(metrics.confusion_matrix(test_y, prediction), round(metrics.f1_score(test_y, prediction, average="macro"), 4))
print(model_selection.cross_val_score(linear_model.RidgeClassifier(), iris.data, iris.target, cv=4))

print("-- regression")
x, y = datasets.make_regression(n_samples=80, n_features=5, n_informative=2, noise=3.0, random_state=1)
print(linear_model.LinearRegression().fit(x, y).coef_, linear_model.Lasso(alpha=5).fit(x, y).coef_)
print(model_selection.GridSearchCV(linear_model.Ridge(), {"alpha": [0.1, 1, 10]}, cv=3).fit(x, y).best_params_)
print(linear_model.SGDRegressor(random_state=0, max_iter=50, tol=1e-3).fit(x, y).score(x, y) > 0.9, PolynomialFeatures(2).fit_transform([[2.0, 3]]))

print("-- without labels")
k = cluster.KMeans(3, n_init=3, random_state=0).fit(iris.data)
print(np.sort(np.bincount(k.labels_)), round(k.inertia_, 4), np.unique(cluster.DBSCAN(eps=0.6).fit(iris.data).labels_))
pca = decomposition.PCA(2).fit(iris.data)
print(pca.explained_variance_ratio_, round(metrics.adjusted_rand_score(iris.target, k.labels_), 5), round(float(metrics.silhouette_score(iris.data, k.labels_)), 5))
print(cluster.AgglomerativeClustering(3).fit(iris.data).labels_[::25], decomposition.NMF(2, random_state=0, max_iter=500).fit(iris.data).reconstruction_err_ < 5)

print("-- text, encoding, errors, warnings, pickles")
vectors = TfidfVectorizer().fit_transform(["the cat sat", "the dog sat", "a cat and a dog"])
print(vectors.shape, vectors.toarray()[0], OneHotEncoder().fit_transform([["a"], ["b"], ["a"]]).toarray().tolist())
for bad in (lambda: svm.SVC().predict(test_x), lambda: svm.SVC().fit([[1.0]], [0, 1]), lambda: linear_model.Ridge().fit([[np.nan]], [1])):
    try:
        bad()
    except (NotFittedError, ValueError) as error:
        print(type(error).__name__, str(error).splitlines()[0])
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always", ConvergenceWarning)
    MLPClassifier((4,), max_iter=3, random_state=0).fit(train_x, train_y)
print([w.category.__name__ for w in seen], (pickle.loads(pickle.dumps(models[4])).predict(test_x) == models[4].predict(test_x)).all())
